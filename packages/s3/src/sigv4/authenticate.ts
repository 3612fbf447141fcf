import { S3Error } from '../errors/s3-error.ts'
import type { Headers } from '../headers.ts'
import { parseHttpDate } from '../http-date.ts'
import { authenticateSigV2 } from '../sigv2/authenticate-sigv2.ts'
import { isSigV2Presigned } from '../sigv2/presigned.ts'
import { authenticatePresigned } from './authenticate-presigned.ts'
import type { AuthenticateOptions, Authentication, SignedRequest } from './authentication.ts'
import { ChunkSigner } from './chunk-signer.ts'
import { skewMsMax } from './constants.ts'
import { parseAuthorization } from './credential.ts'
import { requireSigningKey } from './keys.ts'
import { parsePayloadMode, parseUnsignedPayloadMode } from './payload.ts'
import { isSigV4Presigned } from './presigned.ts'
import { requireSigned } from './require-signed.ts'
import { formatTimestamp, parseTimestamp } from './timestamp.ts'
import { verifySignature } from './verify-signature.ts'

/**
 * Verifies the signature of a request by header or by query (SigV4), or by the older query form (SigV2). A request
 * without any is let through as nobody's: whether nobody may do what it asks is for others to say.
 * @throws S3Error naming what is wrong with the credentials, their time, their scope or their signature
 */
export function authenticate(request: SignedRequest, options: AuthenticateOptions): Authentication {
  const header = request.headers.get('authorization')
  const isV4Query = isSigV4Presigned(request.target.query)
  const isV2Query = isSigV2Presigned(request.target.query)
  if (Number(header !== undefined) + Number(isV4Query) + Number(isV2Query) > 1) {
    throw new S3Error(
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified.',
    )
  }
  if (header !== undefined) return authenticateHeader(request, header, options)
  if (isV4Query) return authenticatePresigned(request, options)
  return {
    accessKeyId: isV2Query ? authenticateSigV2(request, options) : undefined,
    payload: parseUnsignedPayloadMode(request.headers.get('x-amz-content-sha256')),
  }
}

function authenticateHeader(request: SignedRequest, header: string, options: AuthenticateOptions): Authentication {
  const { headers } = request
  const authorization = parseAuthorization(header)
  const { credential, signedHeaders, signature } = authorization
  const payloadHash = headers.get('x-amz-content-sha256')
  if (payloadHash === undefined) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256')
  }
  const timestamp = requireFreshTime(headers, options.nowMs)
  requireSigned(headers, signedHeaders)
  const payload = parsePayloadMode(payloadHash)
  const key = requireSigningKey(credential, timestamp.slice(0, 8), options, 'AuthorizationHeaderMalformed')
  verifySignature(request, authorization, { key, timestamp, payloadHash })
  const { accessKeyId, scope } = credential
  if (payload.kind !== 'chunked' || !payload.signed) return { accessKeyId, payload }
  return { accessKeyId, payload, chunkSigner: new ChunkSigner(key, timestamp, scope, signature) }
}

/**
 * The time at which a request says that it was signed. `x-amz-date` comes before `Date`, which browsers and proxies set
 * as they like.
 * @returns in the format of SigV4
 */
function requireFreshTime(headers: Headers, nowMs: number): string {
  const amzDate = headers.get('x-amz-date')
  const timeMs = amzDate === undefined ? parseHttpDate(headers.get('date')) : parseTimestamp(amzDate)
  if (timeMs === undefined) {
    throw new S3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header')
  }
  const timestamp = amzDate ?? formatTimestamp(timeMs)
  if (Math.abs(nowMs - timeMs) <= skewMsMax) return timestamp
  throw new S3Error('RequestTimeTooSkewed', {
    details: {
      RequestTime: timestamp,
      ServerTime: new Date(nowMs).toISOString(),
      MaxAllowedSkewMilliseconds: String(skewMsMax),
    },
  })
}
