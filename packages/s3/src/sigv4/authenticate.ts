import { S3Error } from '../errors/s3-error.ts'
import type { Headers } from '../headers.ts'
import { authenticateSigV2, isSigV2Presigned } from '../sigv2.ts'
import type { RequestTarget } from '../target.ts'
import { canonicalRequest, stringToSign } from './canonical.ts'
import { ChunkSigner } from './chunk-signer.ts'
import { algorithm, presignedSecondsMax, skewMsMax, unsignedPayload } from './constants.ts'
import {
  type Authorization,
  type Credential,
  parseAuthorization,
  parseCredential,
  parseSignedHeaders,
} from './credential.ts'
import { type PayloadMode, parsePayloadMode } from './payload.ts'
import { sameText } from './same-text.ts'
import { SigningKeyCache } from './scope.ts'
import { formatTimestamp, parseTimestamp } from './timestamp.ts'

export interface SignedRequest {
  readonly method: string
  readonly target: RequestTarget
  readonly headers: Headers
  /** The bucket, when the host names it; version 2 signatures cover it. */
  readonly hostedBucket?: string | undefined
}

export interface AuthenticateOptions {
  /** The secret of an access key, or undefined when there is no such key. */
  readonly secretOf: (accessKeyId: string) => string | undefined
  /** Milliseconds since 1970. */
  readonly nowMs: number
  /** The only region that is accepted; undefined accepts any, since the signature covers it anyway. */
  readonly region?: string | undefined
  readonly signingKeys?: SigningKeyCache
}

/** Who sent a request, and how its body is vouched for. */
export interface Authentication {
  /** Undefined: nobody signed it. */
  readonly accessKeyId: string | undefined
  readonly payload: PayloadMode
  /** Verifies the chunks of a body whose payload mode is chunked and signed. */
  readonly chunkSigner?: ChunkSigner
}

const sharedSigningKeys = new SigningKeyCache()

/**
 * Verifies the signature of a request by header or by query (SigV4), or by the older query form (SigV2).
 * @throws S3Error naming what is wrong with the credentials, their time, their scope or their signature
 */
export function authenticate(request: SignedRequest, options: AuthenticateOptions): Authentication {
  const header = request.headers.get('authorization')
  const isPresigned = request.target.query.has('X-Amz-Algorithm') || request.target.query.has('X-Amz-Signature')
  if (header !== undefined && isPresigned) {
    throw new S3Error(
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified.',
    )
  }
  if (header !== undefined) return authenticateHeader(request, header, options)
  if (isPresigned) return authenticatePresigned(request, options)
  if (isSigV2Presigned(request.target.query)) {
    return { accessKeyId: authenticateSigV2(request, options), payload: { kind: 'unsigned' } }
  }
  return { accessKeyId: undefined, payload: parsePayloadMode(request.headers.get('x-amz-content-sha256')) }
}

function authenticateHeader(request: SignedRequest, header: string, options: AuthenticateOptions): Authentication {
  const { headers } = request
  const authorization = parseAuthorization(header)
  const payloadHash = headers.get('x-amz-content-sha256')
  if (payloadHash === undefined) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256')
  }
  const { timestamp, timeMs } = timeOfHeaders(headers)
  if (Math.abs(options.nowMs - timeMs) > skewMsMax) {
    throw new S3Error('RequestTimeTooSkewed', {
      details: {
        RequestTime: timestamp,
        ServerTime: new Date(options.nowMs).toISOString(),
        MaxAllowedSkewMilliseconds: String(skewMsMax),
      },
    })
  }
  requireSigned(headers, authorization.signedHeaders)
  const payload = parsePayloadMode(payloadHash)
  const key = verifySignature(request, authorization, {
    timestamp,
    payloadHash,
    options,
    code: 'AuthorizationHeaderMalformed',
  })
  return {
    accessKeyId: authorization.credential.accessKeyId,
    payload,
    ...(payload.kind === 'chunked' &&
      payload.signed && {
        chunkSigner: new ChunkSigner(key, timestamp, authorization.credential.scope, authorization.signature),
      }),
  }
}

/** `x-amz-date` comes before `Date`, which browsers and proxies set as they like. */
function timeOfHeaders(headers: Headers): { timestamp: string; timeMs: number } {
  const amzDate = headers.get('x-amz-date')
  if (amzDate !== undefined) {
    const timeMs = parseTimestamp(amzDate)
    if (timeMs !== undefined) return { timestamp: amzDate, timeMs }
  } else {
    const timeMs = Date.parse(headers.get('date') ?? '')
    if (!Number.isNaN(timeMs)) return { timestamp: formatTimestamp(timeMs), timeMs }
  }
  throw new S3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header')
}

/** The host and every `x-amz-*` header must be covered, or a man in the middle could change what a request means. */
function requireSigned(headers: Headers, signedHeaders: readonly string[]): void {
  if (!signedHeaders.includes('host')) {
    throw new S3Error('AccessDenied', 'The host header must be among the signed headers.')
  }
  const unsigned = [...headers.names()].filter((name) => name.startsWith('x-amz-') && !signedHeaders.includes(name))
  if (unsigned.length > 0) {
    throw new S3Error('AccessDenied', {
      message: 'There were headers present in the request which were not signed',
      details: { HeadersNotSigned: unsigned.join(', ') },
    })
  }
}

function authenticatePresigned(request: SignedRequest, options: AuthenticateOptions): Authentication {
  const { query } = request.target
  const malformed = (message: string) => new S3Error('AuthorizationQueryParametersError', message)
  const required = (name: string): string => {
    const value = query.get(name)
    if (!value) {
      throw malformed(
        'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
      )
    }
    return value
  }
  if (required('X-Amz-Algorithm') !== algorithm) throw malformed(`X-Amz-Algorithm only supports "${algorithm}"`)
  const credential = parseCredential(required('X-Amz-Credential'), 'AuthorizationQueryParametersError')
  const timestamp = required('X-Amz-Date')
  const timeMs = parseTimestamp(timestamp)
  if (timeMs === undefined) throw malformed("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
  const signedHeaders = parseSignedHeaders(required('X-Amz-SignedHeaders'))
  const authorization: Authorization = { credential, signedHeaders, signature: required('X-Amz-Signature') }
  requireFresh(required('X-Amz-Expires'), timeMs, options.nowMs)
  requireSigned(request.headers, signedHeaders)

  const payloadHash =
    query.get('X-Amz-Content-Sha256') ?? request.headers.get('x-amz-content-sha256') ?? unsignedPayload
  const payload = parsePayloadMode(payloadHash)
  const key = verifySignature(request, authorization, {
    timestamp,
    payloadHash,
    options,
    code: 'AuthorizationQueryParametersError',
  })
  const chunkSigner = new ChunkSigner(key, timestamp, credential.scope, authorization.signature)
  return { accessKeyId: credential.accessKeyId, payload, chunkSigner }
}

function requireFresh(expires: string, signedMs: number, nowMs: number): void {
  const malformed = (message: string) => new S3Error('AuthorizationQueryParametersError', message)
  if (!/^-?\d+$/.test(expires)) throw malformed('X-Amz-Expires should be a number')
  const seconds = Number(expires)
  if (seconds < 0) throw malformed('X-Amz-Expires must be non-negative')
  if (seconds > presignedSecondsMax) {
    throw malformed(
      `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${presignedSecondsMax} seconds`,
    )
  }
  if (signedMs - nowMs > skewMsMax) throw new S3Error('AccessDenied', 'Request is not valid yet')
  if (nowMs > signedMs + seconds * 1000) {
    throw new S3Error('AccessDenied', {
      message: 'Request has expired',
      details: {
        'X-Amz-Expires': expires,
        Expires: new Date(signedMs + seconds * 1000).toISOString(),
        ServerTime: new Date(nowMs).toISOString(),
      },
    })
  }
}

interface SignatureContext {
  readonly timestamp: string
  readonly payloadHash: string
  readonly options: AuthenticateOptions
  readonly code: 'AuthorizationHeaderMalformed' | 'AuthorizationQueryParametersError'
}

function verifySignature(request: SignedRequest, authorization: Authorization, context: SignatureContext) {
  const { credential, signedHeaders, signature } = authorization
  const { timestamp, payloadHash, options, code } = context
  const secretKey = secretFor(credential, timestamp, options, code)
  const key = (options.signingKeys ?? sharedSigningKeys).get(credential.accessKeyId, secretKey, credential.scope)
  const canonical = canonicalRequest({
    method: request.method,
    rawPath: request.target.rawPath,
    query: request.target.query,
    headers: request.headers,
    signedHeaders,
    payloadHash,
  })
  const text = stringToSign(timestamp, credential.scope, canonical)
  if (!sameText(key.hex(text), signature)) {
    throw new S3Error('SignatureDoesNotMatch', {
      details: {
        AWSAccessKeyId: credential.accessKeyId,
        StringToSign: text,
        SignatureProvided: signature.slice(0, 256),
        CanonicalRequest: canonical,
      },
    })
  }
  return key
}

function secretFor(
  { accessKeyId, scope }: Credential,
  timestamp: string,
  options: AuthenticateOptions,
  code: SignatureContext['code'],
): string {
  if (scope.date !== timestamp.slice(0, 8)) {
    throw new S3Error(
      code,
      `Invalid credential date "${scope.date}". This date is not the same as X-Amz-Date: "${timestamp.slice(0, 8)}".`,
    )
  }
  if (options.region !== undefined && scope.region !== options.region) {
    throw new S3Error(code, {
      message: `The region '${scope.region}' is wrong; expecting '${options.region}'`,
      details: { Region: options.region },
    })
  }
  const secretKey = options.secretOf(accessKeyId)
  if (secretKey === undefined) throw new S3Error('InvalidAccessKeyId', { details: { AWSAccessKeyId: accessKeyId } })
  return secretKey
}
