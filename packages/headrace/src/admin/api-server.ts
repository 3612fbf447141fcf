import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseTarget, type RequestTarget, S3Error } from '@headrace/s3'
import { UnusableDriveError } from '../store/embedded/drive/prepare-drive.ts'
import { AdminError } from './admin-error.ts'
import type { Area, AreaAdmins } from './api-areas.ts'
import type { Gate } from './authenticate-root.ts'
import { matchOperation } from './match-operation.ts'
import { readInput } from './read-input.ts'

/** What there is under the paths of areas that are left out, nobody is told. */
export interface ApiOptions extends Partial<AreaAdmins> {
  /** Whether drives or upstreams can be made to fail. */
  readonly allowFaults: boolean
  /** Told what was not expected; the client learns only that it is in the log. */
  readonly failed: (error: unknown) => void
}

/** Far above what adding 256 drives takes. */
const bodyBytesMax = 1024 * 1024

export function isAboutApi({ url = '' }: IncomingMessage): boolean {
  return /^\/api(?=[/?]|$)/.test(url)
}

/**
 * Answers one request of the admin API with JSON: the output of the operation, or `{ error: { code, message, remedy } }`.
 * @param gate undefined where the way in is guarded already
 */
export async function answerApi(
  request: IncomingMessage,
  response: ServerResponse,
  options: ApiOptions,
  gate?: Gate,
): Promise<void> {
  try {
    send(response, 200, await call(request, options, gate))
  } catch (error) {
    const { code, status, message, remedy } = expected(error, options.failed)
    if (status === 401) response.setHeader('www-authenticate', 'AWS4-HMAC-SHA256')
    // What is left of a body that nobody wants is not waited for.
    if (!request.complete) response.setHeader('connection', 'close')
    send(response, status, { error: { code, message, remedy } })
  }
}

async function call(request: IncomingMessage, options: ApiOptions, gate: Gate | undefined): Promise<unknown> {
  const target: RequestTarget = parseTarget(request.url ?? '/')
  // Strangers do not learn what there is.
  const checkBody = gate?.(request, target)
  const served = (['store', 'upstream', 'server'] as const).filter((area) => options[area] !== undefined)
  const { area, name, operation, fields } = matchOperation(request.method ?? '', target.rawPath, served)
  const { method, isFault, input } = operation
  const body = await readBody(request)
  checkBody?.(body)
  const contentType = request.headers['content-type']
  const read = readInput(input, { method, fields, query: target.query, contentType, body })
  if (isFault && !options.allowFaults) throw faultsNotAllowed(area)
  const admin = options[area] as unknown as Record<string, (input: unknown) => Promise<unknown>>
  return await admin[name]?.(read)
}

function faultsNotAllowed(area: Area): AdminError {
  return new AdminError(
    'FaultsNotAllowed',
    `This server does not let ${area === 'store' ? 'drives' : 'upstreams'} be made to fail.`,
    'Start it with --allow-faults, on a store that holds nothing dear.',
  )
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const tooLarge = () => new AdminError('TooLarge', `The document is larger than ${bodyBytesMax} bytes.`)
  if (Number(request.headers['content-length'] ?? 0) > bodyBytesMax) throw tooLarge()
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > bodyBytesMax) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function expected(error: unknown, failed: ApiOptions['failed']): AdminError {
  if (error instanceof AdminError) return error
  if (error instanceof S3Error && error.status < 500) return new AdminError('InvalidRequest', error.message)
  if (error instanceof UnusableDriveError) return new AdminError('UnusableDrive', error.message)
  failed(error)
  return new AdminError('InternalError', 'It failed for a reason that was not expected; the log says which.')
}

function send(response: ServerResponse, status: number, document: unknown): void {
  if (response.destroyed) return
  const text = `${JSON.stringify(document)}\n`
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(text)
}
