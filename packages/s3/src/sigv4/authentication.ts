import type { Headers } from '../headers.ts'
import type { RequestTarget } from '../target.ts'
import type { ChunkSigner } from './chunk-signer.ts'
import type { PayloadMode } from './payload.ts'
import type { SigningKeyCache } from './scope.ts'

/** A request whose signature is to be verified, as it came off the wire. */
export interface SignedRequest {
  readonly method: string
  readonly target: RequestTarget
  readonly headers: Headers
  /** The bucket, when the host names it; version 2 signatures cover it. */
  readonly hostedBucket?: string | undefined
}

/** What signatures are verified against. */
export interface AuthenticateOptions {
  /** The secret of an access key, or undefined when there is no such key. */
  readonly secretOf: (accessKeyId: string) => string | undefined
  /** Milliseconds since 1970. */
  readonly nowMs: number
  /** The only region that is accepted; undefined accepts any, since the signature covers it anyway. */
  readonly region?: string | undefined
  /** Default: one cache for the process. */
  readonly signingKeys?: SigningKeyCache
}

/** Who sent a request, and how its body is vouched for. */
export interface Authentication {
  /** Undefined: nobody signed it. */
  readonly accessKeyId: string | undefined
  readonly payload: PayloadMode
  /** Verifies the chunks of a body whose payload mode is chunked and signed; present for these, and only these. */
  readonly chunkSigner?: ChunkSigner
}
