import {
  type AuthenticateOptions,
  type Authentication,
  authenticate,
  codecs,
  effectiveHeaders,
  Headers,
  matchOperation,
  matchResource,
  type OperationName,
  type Operations,
  parseTarget,
  Query,
  type Reply,
  type RequestTarget,
  type Resource,
  readBodyChecks,
  S3Error,
  SigningKeyCache,
  traitsOf,
  type WireRequest,
} from '@headrace/s3'
import { anonymous, type Principal } from '../core/context.ts'
import type { Runtime } from '../core/runtime.ts'
import type { ObjectStore, OperationFunction } from '../core/store.ts'
import type { AccessKeys } from '../identity/access-keys.ts'
import { accessRecord } from './access-record.ts'
import { handleFormUpload } from './form-upload.ts'
import { sendError, sendObject, sendReply } from './reply.ts'
import { readDocument, requestBody } from './request-body.ts'
import type { RequestState } from './request-state.ts'

export interface FrontOptions {
  /** The store behind all layers. */
  readonly store: ObjectStore
  readonly keys: AccessKeys
  readonly runtime: Runtime
  /** Base domains of virtual-host style, in lower case. */
  readonly domains: readonly string[]
  /** The only region that is accepted in credentials; undefined accepts any. */
  readonly region: string | undefined
  readonly isTls: boolean
  /** Number of this process, for the access log. */
  readonly worker: number
}

/** What the head of a request turned out to be. */
interface ParsedRequest {
  readonly target: RequestTarget
  /** The headers as they came, which is what signatures are about. */
  readonly sent: Headers
  /** What they mean: presigned requests carry some of theirs in the query. */
  readonly headers: Headers
  readonly resource: Resource
}

/** Handles requests one by one: parse, authenticate, decode, call, encode, send. */
export class RequestHandler {
  readonly #options: FrontOptions
  readonly #signingKeys = new SigningKeyCache()

  constructor(options: FrontOptions) {
    this.#options = options
  }

  async handle(state: RequestState): Promise<void> {
    const { clock, events } = this.#options.runtime
    let query = Query.empty
    events.requestStarted()
    state.response.once('close', () => {
      // After a whole reply, what is still under way is about to end by itself.
      if (!state.response.writableFinished) state.abandon()
      const totalMs = clock.monotonic() - state.startedMs
      events.requestFinished(accessRecord(state, query, { totalMs, worker: this.#options.worker }))
    })
    try {
      const parsed = this.#parse(state)
      query = parsed.target.query
      await this.#answer(state, parsed)
    } catch (error) {
      sendError(state, this.#expected(error, state), pathOf(state), clock)
    }
  }

  #parse(state: RequestState): ParsedRequest {
    const { request } = state
    const target = parseTarget(request.url ?? '/')
    const sent = new Headers(request.rawHeaders)
    requirePlainFraming(sent)
    const headers = effectiveHeaders(target.query, sent)
    const resource = matchResource(headers.get('host') ?? '', target.rawPath, this.#options.domains)
    if (resource.scope !== 'service') state.bucket = resource.bucket
    if (resource.scope === 'object') state.key = resource.key
    return { target, sent, headers, resource }
  }

  async #answer(state: RequestState, parsed: ParsedRequest): Promise<void> {
    const { clock } = this.#options.runtime
    const { target, sent, headers, resource } = parsed
    const { operation, isForm } = matchOperation(state.request.method ?? '', resource.scope, target, headers)
    state.operation = operation
    const authentication = this.#authentication()
    const origin = `${this.#options.isTls ? 'https' : 'http'}://${headers.get('host') ?? ''}`
    if (isForm) {
      const principalOf = (accessKeyId: string | undefined) => this.#principalOf(accessKeyId)
      const form = { store: this.#options.store, clock, authentication, principalOf, resource, origin }
      return sendReply(state, await handleFormUpload(state, form), clock)
    }
    const verified = authenticate(
      {
        method: state.request.method ?? '',
        target,
        headers: sent,
        hostedBucket: resource.isHosted ? resource.bucket : undefined,
      },
      authentication,
    )
    state.principal = this.#principalOf(verified.accessKeyId)
    const wire = await this.#readWire(state, parsed, operation, verified, origin)
    await this.#call(state, operation, wire)
  }

  #authentication(): AuthenticateOptions {
    const { keys, region, runtime } = this.#options
    return {
      secretOf: (accessKeyId) => keys.secretOf(accessKeyId),
      nowMs: runtime.clock.now(),
      region,
      signingKeys: this.#signingKeys,
    }
  }

  #principalOf(accessKeyId: string | undefined): Principal {
    return (accessKeyId !== undefined && this.#options.keys.principalOf(accessKeyId)) || anonymous
  }

  async #readWire(
    state: RequestState,
    { target, headers, resource }: ParsedRequest,
    operation: OperationName,
    verified: Authentication,
    origin: string,
  ): Promise<WireRequest> {
    const { bucket, key, isHosted } = resource
    const { carries } = traitsOf(operation)
    const { clock } = this.#options.runtime
    const isAnonymous = state.principal.kind === 'anonymous'
    const names = { bucket, key, isHosted, origin, isAnonymous }
    const wire = { ...names, query: target.query, headers, document: noDocument, body: undefined }
    if (carries === undefined) return wire
    const checks = readBodyChecks(headers, verified, operation)
    if (carries === 'document') {
      // Nobody anonymous makes us read and keep a document.
      if (isAnonymous) throw new S3Error('AccessDenied')
      return { ...wire, document: await readDocument(state, checks, clock) }
    }
    if (checks.sizeBytes === undefined && !headers.has('transfer-encoding')) throw new S3Error('MissingContentLength')
    return { ...wire, body: requestBody(state, checks, clock) }
  }

  async #call<N extends OperationName>(state: RequestState, operation: N, wire: WireRequest): Promise<void> {
    const { store, runtime } = this.#options
    const codec = codecs[operation]
    const input = codec.decode(wire)
    const call = store[operation] as unknown as OperationFunction<N>
    const output = await call(input, state)
    if (operation === 'getObject') {
      const reader = output as Operations['getObject']['output']
      try {
        noteObject(state, reader)
        await sendObject(state, codec.encode(output, wire), reader, runtime.clock)
      } finally {
        await reader.close()
      }
      return
    }
    noteOutput(state, operation, output)
    const reply: Reply = codec.encode(output, wire)
    sendReply(state, reply, runtime.clock)
  }

  /** Expected failures pass; everything else is a bug or a broken drive, whose details stay here. */
  #expected(error: unknown, state: RequestState): S3Error {
    const { log } = this.#options.runtime.events
    const { requestId, operation, bucket, key } = state
    if (error instanceof S3Error) {
      // What was asked for and is not there (501) is the client's affair, and in the access log.
      if (error.status >= 500 && error.code !== 'NotImplemented') {
        const { code, message: reason, cause } = error
        log.warn({ requestId, operation, bucket, key, code, reason, err: cause }, 'a request failed')
      }
      return error
    }
    if (state.isGone) return new S3Error('RequestTimeout', { origin: 'connection', message: 'The client is gone.' })
    log.error({ requestId, operation, bucket, key, err: error }, 'a request failed unexpectedly')
    return new S3Error('InternalError', { cause: error })
  }
}

/** RFC 9112, section 6.3: where the body ends is not known when chunked is not its last coding. */
function requirePlainFraming(headers: Headers): void {
  const coding = headers.get('transfer-encoding')
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') throw new S3Error('BadRequest')
}

const noDocument = Buffer.alloc(0)

function pathOf({ request }: RequestState): string {
  return (request.url ?? '/').replace(/\?.*$/s, '')
}

function noteObject(state: RequestState, { info, selection }: Operations['headObject']['output']): void {
  state.objectSize = info.sizeBytes
  state.etag = info.etag
  if (selection === undefined) return
  state.rangeStart = selection.first
  state.rangeLength = selection.last - selection.first + 1
}

/** Sizes and ETags that an output has, for the access log. */
function noteOutput(state: RequestState, operation: OperationName, output: unknown): void {
  if (operation === 'headObject') return noteObject(state, output as Operations['headObject']['output'])
  const { etag, sizeBytes } = (output ?? {}) as { etag?: string; sizeBytes?: number }
  state.etag = etag
  state.objectSize = sizeBytes
}
