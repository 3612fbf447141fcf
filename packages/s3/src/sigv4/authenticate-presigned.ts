import { S3Error } from '../errors/s3-error.ts'
import type { Query } from '../target.ts'
import type { AuthenticateOptions, Authentication, SignedRequest } from './authentication.ts'
import { ChunkSigner } from './chunk-signer.ts'
import { algorithm, presignedSecondsMax, skewMsMax, unsignedPayload } from './constants.ts'
import { parseCredential, parseSignedHeaders } from './credential.ts'
import { requireSigningKey } from './keys.ts'
import { parsePayloadMode } from './payload.ts'
import { requireSigned } from './require-signed.ts'
import { parseTimestamp } from './timestamp.ts'
import { verifySignature } from './verify-signature.ts'

const code = 'AuthorizationQueryParametersError'

/**
 * Verifies a URL that was presigned with SigV4.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 * @throws S3Error AuthorizationQueryParametersError, AccessDenied, InvalidAccessKeyId or SignatureDoesNotMatch
 */
export function authenticatePresigned(request: SignedRequest, options: AuthenticateOptions): Authentication {
  const { headers, target } = request
  const { query } = target
  if (required(query, 'X-Amz-Algorithm') !== algorithm) throw malformed(`X-Amz-Algorithm only supports "${algorithm}"`)
  const credential = parseCredential(required(query, 'X-Amz-Credential'), code)
  const timestamp = required(query, 'X-Amz-Date')
  const signedHeaders = parseSignedHeaders(required(query, 'X-Amz-SignedHeaders'))
  const signature = required(query, 'X-Amz-Signature')
  const signedMs = parseTimestamp(timestamp)
  if (signedMs === undefined) throw malformed("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
  requireUnexpired(required(query, 'X-Amz-Expires'), signedMs, options.nowMs)
  requireSigned(headers, signedHeaders)

  const payloadHash = only(query, 'X-Amz-Content-Sha256') ?? headers.get('x-amz-content-sha256') ?? unsignedPayload
  const payload = parsePayloadMode(payloadHash)
  const key = requireSigningKey(credential, timestamp.slice(0, 8), options, code)
  verifySignature(request, { credential, signedHeaders, signature }, { key, timestamp, payloadHash })
  const { accessKeyId, scope } = credential
  if (payload.kind !== 'chunked' || !payload.signed) return { accessKeyId, payload }
  return { accessKeyId, payload, chunkSigner: new ChunkSigner(key, timestamp, scope, signature) }
}

function malformed(message: string): S3Error {
  return new S3Error(code, message)
}

function required(query: Query, name: string): string {
  const value = only(query, name)
  if (value) return value
  throw malformed(
    'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
  )
}

/** A parameter that may come once: nobody shall choose which of two counts. */
function only(query: Query, name: string): string | undefined {
  const values = query.getAll(name)
  if (values.length > 1) throw malformed(`${name} must not be given more than once.`)
  return values[0]
}

/**
 * A lifetime out of bounds is AccessDenied, as the other servers of S3 have it (Ceph's tests insist), and as that of a
 * URL which has expired.
 */
function requireUnexpired(expires: string, signedMs: number, nowMs: number): void {
  if (!/^-?\d+$/.test(expires)) throw malformed('X-Amz-Expires should be a number')
  const seconds = Number(expires)
  if (seconds < 0 || seconds > presignedSecondsMax) {
    const message = `X-Amz-Expires must be between 0 and ${presignedSecondsMax} seconds, which are a week`
    throw new S3Error('AccessDenied', { message, details: { 'X-Amz-Expires': expires.slice(0, 64) } })
  }
  if (signedMs - nowMs > skewMsMax) throw new S3Error('AccessDenied', 'Request is not valid yet')
  if (nowMs <= signedMs + seconds * 1000) return
  throw new S3Error('AccessDenied', {
    message: 'Request has expired',
    details: {
      'X-Amz-Expires': expires,
      Expires: new Date(signedMs + seconds * 1000).toISOString(),
      ServerTime: new Date(nowMs).toISOString(),
    },
  })
}
