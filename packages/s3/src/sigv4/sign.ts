import { Headers } from '../headers.ts'
import { parseTarget, uriEncode } from '../target.ts'
import { canonicalRequest, stringToSign } from './canonical.ts'
import { ChunkSigner } from './chunk-signer.ts'
import { algorithm, presignedSecondsMax, unsignedPayload } from './constants.ts'
import { type CredentialScope, SigningKeyCache, scopeText } from './scope.ts'
import { formatTimestamp } from './timestamp.ts'

/** What a client signs with. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretKey: string
  /** Of temporary credentials; it is sent along and signed. */
  readonly sessionToken?: string
}

/** As whom, for where and when to sign. */
export interface SignOptions {
  readonly credentials: Credentials
  readonly region: string
  /** Milliseconds since 1970. */
  readonly nowMs: number
  readonly signingKeys?: SigningKeyCache
}

/** A request before it is signed. */
export interface RequestToSign {
  readonly method: string
  /** The raw request target, percent-encoded: path and query. */
  readonly target: string
  /** Names and values in turn; `host` is among them. All of them are signed. */
  readonly headers: readonly string[]
  /** SHA-256 of the body in hexadecimal, or one of the words of `constants.ts`. Default: UNSIGNED-PAYLOAD. */
  readonly payloadHash?: string
}

/** What signing by header gives. */
export interface SignedHeaders {
  /** The headers given, followed by those that signing adds. */
  readonly headers: readonly string[]
  /** Signs the chunks of a body that is sent with aws-chunked framing. */
  readonly chunkSigner: ChunkSigner
}

const sharedSigningKeys = new SigningKeyCache()

/**
 * Signs a request by header, as a client of S3 does (SigV4).
 * @throws TypeError when there is no `host`; S3Error InvalidURI for a target that is not percent-encoded UTF-8
 */
export function signRequest(request: RequestToSign, options: SignOptions): SignedHeaders {
  const { credentials } = options
  const { timestamp, scope, key } = keyFor(options)
  const payloadHash = request.payloadHash ?? unsignedPayload
  const added = ['x-amz-date', timestamp, 'x-amz-content-sha256', payloadHash]
  if (credentials.sessionToken !== undefined) added.push('x-amz-security-token', credentials.sessionToken)
  const headers = new Headers([...request.headers, ...added])
  const signedHeaders = namesToSign(headers)
  const canonical = canonicalRequest({
    method: request.method,
    ...parseTarget(request.target),
    headers,
    signedHeaders,
    payloadHash,
  })
  const signature = key.hex(stringToSign(timestamp, scope, canonical))
  const authorization = `${algorithm} Credential=${credentials.accessKeyId}/${scopeText(scope)}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`
  return {
    headers: [...request.headers, ...added, 'authorization', authorization],
    chunkSigner: new ChunkSigner(key, timestamp, scope, signature),
  }
}

/**
 * Signs a request by query: the target that comes back can be opened by anyone until it expires. Whoever opens it sends
 * the headers given here, and may send others that do not begin with `x-amz-`.
 * @param expiresSeconds 1 to 604,800, which are a week
 * @throws TypeError when there is no `host`; RangeError; S3Error InvalidURI as `signRequest`
 */
export function presign(request: RequestToSign, options: SignOptions & { expiresSeconds: number }): string {
  const { credentials, expiresSeconds } = options
  const { timestamp, scope, key } = keyFor(options)
  if (!(expiresSeconds >= 1 && expiresSeconds <= presignedSecondsMax)) {
    throw new RangeError(`expiresSeconds is ${expiresSeconds}: it must be from 1 to ${presignedSecondsMax}`)
  }
  const headers = new Headers(request.headers)
  const signedHeaders = namesToSign(headers)
  const added: [string, string][] = [
    ['X-Amz-Algorithm', algorithm],
    ['X-Amz-Credential', `${credentials.accessKeyId}/${scopeText(scope)}`],
    ['X-Amz-Date', timestamp],
    ['X-Amz-Expires', String(expiresSeconds)],
    ['X-Amz-SignedHeaders', signedHeaders.join(';')],
  ]
  if (credentials.sessionToken !== undefined) added.push(['X-Amz-Security-Token', credentials.sessionToken])
  if (request.payloadHash !== undefined) added.push(['X-Amz-Content-Sha256', request.payloadHash])
  const query = added.map(([name, value]) => `${name}=${uriEncode(value)}`).join('&')
  const target = `${request.target}${request.target.includes('?') ? '&' : '?'}${query}`
  const payloadHash = request.payloadHash ?? unsignedPayload
  const canonical = canonicalRequest({
    method: request.method,
    ...parseTarget(target),
    headers,
    signedHeaders,
    payloadHash,
  })
  return `${target}&X-Amz-Signature=${key.hex(stringToSign(timestamp, scope, canonical))}`
}

function namesToSign(headers: Headers): string[] {
  if (!headers.has('host')) throw new TypeError('a request to sign needs a host header')
  return [...headers.names()].sort()
}

function keyFor({ credentials, region, nowMs, signingKeys = sharedSigningKeys }: SignOptions) {
  const timestamp = formatTimestamp(nowMs)
  const scope: CredentialScope = { date: timestamp.slice(0, 8), region, service: 's3' }
  return { timestamp, scope, key: signingKeys.get(credentials.accessKeyId, credentials.secretKey, scope) }
}
