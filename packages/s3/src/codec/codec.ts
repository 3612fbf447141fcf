import type { Headers } from '../headers.ts'
import type { Body } from '../operations/body.ts'
import type { OperationName, Operations } from '../operations/operations.ts'
import { type Query, uriEncodePath } from '../target.ts'

/** One request as the codecs read it: plain data, signature verified, nothing decoded twice. */
export interface WireRequest {
  readonly bucket: string
  readonly key: string
  readonly query: Query
  /** Those that count: see `effectiveHeaders`. */
  readonly headers: Headers
  /** The XML document, for operations that carry one; empty when none was sent. */
  readonly document: Uint8Array
  /** For operations that carry the bytes of an object. */
  readonly body: Body | undefined
  /** True when nobody signed the request: such a read may not choose headers of its reply. */
  readonly isAnonymous?: boolean
  /** `http://host` as the client addressed us, for documents that name their own place. */
  readonly origin: string
  /** True when that host names the bucket, which then is not part of the path. */
  readonly isHosted?: boolean
}

/** One reply but for the bytes of an object, which the front streams. */
export interface Reply {
  readonly status: number
  /** Names and values in turn, as `ServerResponse.writeHead` takes them. */
  readonly headers: string[]
  /** An XML document; undefined for none. */
  readonly document?: string
}

/**
 * Translates one operation between the wire and its typed form.
 * - `decode` throws S3Error for anything that it cannot take, and refuses what would have no effect.
 * - `encode` gives the reply of a success; errors have one form for all operations.
 */
export interface Codec<N extends OperationName> {
  decode(request: WireRequest): Operations[N]['input']
  encode(output: Operations[N]['output'], request: WireRequest): Reply
}

/** Of every reply that is a document. */
export const xmlHeaders = ['content-type', 'application/xml']

/** URL of the object of a request, as its client would address it. */
export function locationOf({
  origin,
  isHosted,
  bucket,
  key,
}: Pick<WireRequest, 'origin' | 'isHosted' | 'bucket' | 'key'>): string {
  return isHosted === true ? `${origin}/${uriEncodePath(key)}` : `${origin}/${bucket}/${uriEncodePath(key)}`
}

/** An XML document as reply. */
export function documentReply(document: string, headers: readonly string[] = []): Reply {
  return { status: 200, headers: [...xmlHeaders, ...headers], document }
}
