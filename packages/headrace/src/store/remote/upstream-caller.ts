import {
  type ChunkSigner,
  type ClientInput,
  type ClientOutput,
  type ClientRequest,
  clientCodecs,
  type HeadObjectOutput,
  limits,
  type OperationName,
  S3Error,
  SigningKeyCache,
  sha256Hex,
  signRequest,
  traitsOf,
} from '@headrace/s3'
import { attemptErrorOf } from '../../core/attempt.ts'
import type { RequestContext } from '../../core/context.ts'
import { addStep } from '../../core/trail.ts'
import type { OutgoingBody, UpstreamReply, UpstreamRequest } from '../../upstream/exchange.ts'
import type { Lease } from '../../upstream/lease.ts'
import type { RemoteStoreOptions } from './remote-options.ts'
import { exchangeError, refusalError } from './store-errors.ts'

/** The body of a write, ready to be sent. */
export interface Upload {
  /** Bytes on the wire, framing included. */
  readonly wireBytes: number
  /** Value of `x-amz-content-sha256`. */
  readonly payloadHash: string
  /** Further headers, which are signed: names and values in turn. */
  readonly headers: readonly string[]
  /** The upstream is asked before anything of the body is taken from the client. */
  readonly asksFirst: boolean
  /** @param signer begins with the signature of the request */
  open(signer: ChunkSigner): Uint8Array | OutgoingBody
}

/** An object whose bytes are still to be read. */
export interface OpenedObject extends HeadObjectOutput {
  readonly reply: UpstreamReply
  readonly upstream: string
}

type CallerOptions = Pick<RemoteStoreOptions, 'name' | 'group' | 'credentials' | 'region' | 'runtime'>

/** Error documents are short; what is longer is none. */
const errorBytesMax = 64 * 1024

/** Makes attempts at upstreams: one lease, one signed request, one reply. */
export class UpstreamCaller {
  readonly #options: CallerOptions
  readonly #signingKeys = new SigningKeyCache()

  constructor(options: CallerOptions) {
    this.#options = options
  }

  /** @throws S3Error, with an AttemptError as its cause where another attempt may succeed */
  async call<N extends OperationName>(
    operation: N,
    input: ClientInput<N>,
    ctx: RequestContext,
    upload?: Upload,
  ): Promise<ClientOutput<N>> {
    const { reply, upstream } = await this.#attempt(operation, input, ctx, upload)
    return await this.#decode(operation, input, reply, upstream)
  }

  /** GetObject: the bytes of the object are still to come. Whoever gets them reads them, or gives them up. */
  async open(input: ClientInput<'getObject'>, ctx: RequestContext): Promise<OpenedObject> {
    const { reply, upstream } = await this.#attempt('getObject', input, ctx)
    const { status, headers } = reply
    // Only these two come with an object: any other says why there is none.
    if (status !== 200 && status !== 206) {
      await this.#decode('getObject', input, reply, upstream)
      throw new S3Error('InternalError', { message: `The upstream answered ${status}.`, origin: 'upstream' })
    }
    try {
      const output = clientCodecs.getObject.decode({ status, headers, document: noBytes }, input)
      return { ...output, reply, upstream }
    } catch (error) {
      reply.abandon()
      throw error
    }
  }

  async #attempt<N extends OperationName>(operation: N, input: ClientInput<N>, ctx: RequestContext, upload?: Upload) {
    const request = clientCodecs[operation].encode(input)
    const lease = this.#lease(operation, input as { bucket?: string }, ctx)
    let signed: UpstreamRequest
    try {
      signed = this.#sign(lease, request, upload)
    } catch (error) {
      lease.release()
      throw error
    }
    return { reply: await this.#exchange(lease, operation, signed, ctx), upstream: lease.upstream }
  }

  #lease(operation: OperationName, { bucket }: { readonly bucket?: string }, { avoid }: RequestContext): Lease {
    try {
      return this.#options.group.lease({ effect: traitsOf(operation).effect, bucket, avoid })
    } catch (error) {
      throw exchangeError(error)
    }
  }

  #sign({ host }: Lease, request: ClientRequest, upload: Upload | undefined): UpstreamRequest {
    const { method, target, document } = request
    const { credentials, region, runtime } = this.#options
    const payloadHash = upload?.payloadHash ?? (document === undefined ? emptyHash : sha256Hex(document))
    const { headers, chunkSigner } = signRequest(
      { method, target, headers: ['host', host, ...request.headers, ...(upload?.headers ?? [])], payloadHash },
      { credentials: credentials(), region, nowMs: runtime.clock.now(), signingKeys: this.#signingKeys },
    )
    const body = upload === undefined ? document : upload.open(chunkSigner)
    const bytes = upload?.wireBytes ?? document?.length ?? 0
    // A PUT or POST without a body says so (RFC 9110, section 8.6): Ceph RGW asks for it.
    const hasLength = body !== undefined || method === 'PUT' || method === 'POST'
    const unsigned = hasLength ? ['content-length', String(bytes)] : []
    if (upload?.asksFirst === true) unsigned.push('expect', '100-continue')
    return { method, target, headers: [...headers, ...unsigned], ...(bytes > 0 && body !== undefined && { body }) }
  }

  async #exchange(
    lease: Lease,
    operation: OperationName,
    request: UpstreamRequest,
    { notes, attempt, startedMs = 0, signal }: RequestContext,
  ): Promise<UpstreamReply> {
    const { name, runtime } = this.#options
    const { upstream } = lease
    notes.store = name
    notes.upstream = upstream
    notes.attempts = (notes.attempts ?? 0) + 1
    if (attempt !== undefined) attempt.upstream = upstream
    const beganMs = runtime.clock.monotonic()
    const tell = (outcome: number | string, tookMs: number) =>
      addStep(notes, {
        atMs: beganMs - startedMs,
        by: 'upstream',
        what: `${upstream}: ${operation}: ${outcome}`,
        tookMs,
      })
    try {
      const reply = await lease.exchange(request, signal)
      tell(reply.status, reply.firstByteMs)
      return reply
    } catch (error) {
      const failure = attemptErrorOf(error)
      const outcome = failure?.fault ?? (error instanceof Error ? error.message : String(error))
      tell(outcome, runtime.clock.monotonic() - beganMs)
      throw exchangeError(error)
    }
  }

  async #decode<N extends OperationName>(
    operation: N,
    input: ClientInput<N>,
    reply: UpstreamReply,
    upstream: string,
  ): Promise<ClientOutput<N>> {
    const { status, headers } = reply
    const bytesMax = status < 300 ? limits.documentBytesMax : errorBytesMax
    const document = await reply.collect(bytesMax).catch((error) => Promise.reject(exchangeError(error)))
    try {
      return clientCodecs[operation].decode({ status, headers, document }, input)
    } catch (error) {
      if (!(error instanceof S3Error)) throw error
      throw refusalError(error, { upstream, reply, nowMs: this.#options.runtime.clock.now() })
    }
  }
}

const noBytes = new Uint8Array(0)
const emptyHash = sha256Hex('')
