import {
  type ChunkSigner,
  type ClientInput,
  type Credentials,
  childText,
  clientCodecs,
  type Headers,
  type OperationName,
  parseXml,
  S3Error,
  sha256Hex,
  signRequest,
} from '@headrace/s3'
import type { Runtime } from '../../../core/runtime.ts'
import type { OutgoingBody } from '../../../upstream/exchange.ts'
import type { UpstreamGroup } from '../../../upstream/lease.ts'

/** What an upstream answered, whatever its status. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Buffer
  /** Of the error document; undefined without one. */
  readonly code: string | undefined
  readonly firstByteMs: number
  /** From the head of the reply to the end of its body. */
  readonly bodyMs: number
}

/** A request that no codec would make. */
export interface RawRequest {
  readonly method: string
  readonly target: string
  /** Names and values in turn. */
  readonly headers?: readonly string[]
  readonly body?: Uint8Array | ((signer: ChunkSigner) => Uint8Array | OutgoingBody)
  /** Bytes on the wire, of a body that is not in memory. */
  readonly wireBytes?: number
  readonly payloadHash?: string
  /** Names and values in turn, which are not signed. */
  readonly unsigned?: readonly string[]
}

export interface BenchOptions {
  readonly group: UpstreamGroup
  readonly credentials: () => Credentials
  readonly region: string
  readonly runtime: Pick<Runtime, 'clock'>
  readonly signal: AbortSignal
}

/** Thrown when an answer says nothing about what was asked: the upstream has troubles of its own. */
export class Inconclusive extends Error {}

const answerBytesMax = 8 * 1024 * 1024

/** Where probes ask their questions: in one bucket, under one prefix, of whichever upstream the group chooses. */
export class ProbeBench {
  readonly bucket: string
  /** All keys of the probe begin with it. */
  readonly prefix: string
  readonly clock: Runtime['clock']
  readonly #options: BenchOptions

  constructor(options: BenchOptions, place: { readonly bucket: string; readonly prefix: string }) {
    this.#options = options
    this.bucket = place.bucket
    this.prefix = place.prefix
    this.clock = options.runtime.clock
  }

  /** Bucket and key of an object of the probe. */
  at(name: string): { readonly bucket: string; readonly key: string } {
    return { bucket: this.bucket, key: this.prefix + name }
  }

  /** Asks as the codec does, with further headers. */
  async ask<N extends OperationName>(
    operation: N,
    input: ClientInput<N>,
    more: { readonly headers?: readonly string[]; readonly body?: Uint8Array } = {},
  ): Promise<Answer> {
    const { method, target, headers, document } = clientCodecs[operation].encode(input)
    const body = document ?? more.body
    return await this.send({ method, target, headers: [...headers, ...(more.headers ?? [])], ...(body && { body }) })
  }

  /** Writes a small object. */
  async put(name: string, body: Uint8Array | string, headers: readonly string[] = []): Promise<Answer> {
    const input = { ...this.at(name), content: {}, metadata: {}, tags: [] }
    return await this.ask('putObject', input, { headers, body: Buffer.from(body as string) })
  }

  /** Reads a small object. */
  async get(name: string, headers: readonly string[] = []): Promise<Answer> {
    return await this.ask('getObject', this.at(name), { headers })
  }

  /** @throws Inconclusive for 5xx but 501; S3Error or AttemptError when there is no answer */
  async send({ method, target, headers = [], body, payloadHash, ...more }: RawRequest): Promise<Answer> {
    const { group, credentials, region, signal } = this.#options
    const effect = method === 'GET' || method === 'HEAD' ? 'read' : 'write'
    const lease = group.lease({ effect, bucket: this.bucket })
    const hash = payloadHash ?? (body instanceof Uint8Array ? sha256Hex(body) : sha256Hex(''))
    const signed = signRequest(
      { method, target, headers: ['host', lease.host, ...headers], payloadHash: hash },
      { credentials: credentials(), region, nowMs: this.clock.now() },
    )
    const sent = typeof body === 'function' ? body(signed.chunkSigner) : body
    const wireBytes = more.wireBytes ?? (sent instanceof Uint8Array ? sent.length : 0)
    const length = sent !== undefined || effect === 'write' ? ['content-length', String(wireBytes)] : []
    const all = [...signed.headers, ...length, ...(more.unsigned ?? [])]
    const request = { method, target, headers: all, ...(wireBytes > 0 && sent !== undefined && { body: sent }) }
    const reply = await lease.exchange(request, signal)
    const headMs = this.clock.monotonic()
    const bytes = await reply.collect(answerBytesMax)
    const bodyMs = this.clock.monotonic() - headMs
    const { status, firstByteMs } = reply
    const code = status >= 300 ? codeOf(bytes) : undefined
    if (status >= 500 && status !== 501) throw new Inconclusive(`${method} ${target}: ${status} ${code ?? ''}`)
    return { status, headers: reply.headers, bytes, code, firstByteMs, bodyMs }
  }
}

/** Whether a request was done. */
export function isDone({ status }: Answer): boolean {
  return status >= 200 && status < 300
}

/** @throws Inconclusive when what everything else depends on was not done */
export function requireDone(answer: Answer, what: string): Answer {
  if (isDone(answer)) return answer
  throw new Inconclusive(`${what}: ${answer.status} ${answer.code ?? ''}`)
}

function codeOf(document: Buffer): string | undefined {
  try {
    return childText(parseXml(document), 'Code')
  } catch (error) {
    if (error instanceof S3Error) return undefined
    throw error
  }
}
