import { parseHttpDate, S3Error } from '@headrace/s3'
import { AttemptError, type AttemptFault } from '../../core/attempt.ts'
import type { UpstreamReply } from '../../upstream/exchange.ts'

/** Codes about our own credentials: the client has others, and can do nothing about these. */
const credentialCodes = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'AuthorizationHeaderMalformed',
  'ExpiredToken',
  'InvalidToken',
  'TokenRefreshRequired',
])

/** What the exchange ended with, as stores fail: an attempt that did not succeed is the cause of an S3Error. */
export function exchangeError(error: unknown): unknown {
  if (!(error instanceof AttemptError)) return error
  if (error.fault === 'saturated') {
    return new S3Error('SlowDown', {
      message: 'Every upstream has as much to do as it may. Send the request again.',
      origin: 'upstream',
      headers: { 'retry-after': '1' },
      cause: error,
    })
  }
  return new S3Error('ServiceUnavailable', {
    message: 'The upstream did not answer, or not to the end. Send the request again.',
    origin: 'connection',
    cause: error,
  })
}

/** What is known of the reply that a refusal came in. */
export interface Refusal {
  readonly upstream: string
  readonly reply: Pick<UpstreamReply, 'status' | 'headers'>
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: number
}

/**
 * What the client gets to know of a refusal: what it is about the request, as the upstream says it; what another attempt
 * may not meet, with that attempt as its cause.
 */
export function refusalError(error: S3Error, refusal: Refusal): S3Error {
  const upstreamCode = error.details.UpstreamCode ?? error.code
  if (credentialCodes.has(upstreamCode)) {
    return new S3Error('InternalError', {
      message: 'The upstream does not accept the credentials of this gateway.',
      origin: 'upstream',
      details: { ...error.details, UpstreamCode: upstreamCode },
      cause: error,
    })
  }
  const fault = faultOf(error, refusal.reply.status)
  if (fault === undefined) return error
  const { code, message, origin, details, headers } = error
  return new S3Error(code === 'RequestTimeTooSkewed' ? 'ServiceUnavailable' : code, {
    message,
    origin,
    details,
    headers,
    cause: attemptError(fault, refusal, upstreamCode),
  })
}

/**
 * What about a refusal is the upstream's own trouble.
 * - What it does not have (501) and has no room for (507), it will not have a moment later.
 * - A reply that cannot be read, which has a cause already, will look no better.
 */
function faultOf({ code, cause, status: codeStatus }: S3Error, status: number): AttemptFault | undefined {
  if (cause !== undefined || code === 'NotImplemented' || code === 'InsufficientStorage') return undefined
  if (code === 'SlowDown' || status === 429) return 'throttled'
  if (code === 'RequestTimeout') return 'timeout'
  // Its clock is wrong, or ours is: another upstream may tell.
  if (code === 'RequestTimeTooSkewed') return 'unavailable'
  const isRedirect = status >= 300 && status < 400
  return codeStatus >= 500 && !isRedirect ? 'unavailable' : undefined
}

function attemptError(fault: AttemptFault, { upstream, reply, nowMs }: Refusal, code: string): AttemptError {
  const { status } = reply
  return new AttemptError({
    fault,
    upstream,
    wasSent: true,
    status,
    retryAfterMs: retryAfterMs(reply.headers.get('retry-after'), nowMs),
    message: `${upstream}: ${fault}: ${status} ${code}`,
  })
}

/** RFC 9110, section 10.2.3: seconds, or a date. */
function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000
  const atMs = parseHttpDate(header)
  return atMs === undefined ? undefined : Math.max(0, atMs - nowMs)
}

/**
 * A request that the upstream would not carry out as it is meant.
 * @param what is not there, as the beginning of a sentence
 */
export function notSupported(what: string): S3Error {
  return new S3Error('NotImplemented', {
    message: `${what}. The operator can see what the upstream does with "headrace upstream probe".`,
    origin: 'upstream',
  })
}
