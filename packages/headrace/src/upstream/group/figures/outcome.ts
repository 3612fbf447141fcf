import type { Headers } from '@headrace/s3'
import { AttemptError, type AttemptFault } from '../../../core/attempt.ts'

/**
 * How an exchange ended, as its upstream is judged by it: faults as in `AttemptFault`, and
 * - `ok`: with a reply below 500, and all of its body.
 * - `abandoned`: nobody wanted the rest, or whoever sent or took the body failed. It says nothing of the upstream.
 */
export type Outcome = 'ok' | 'abandoned' | Exclude<AttemptFault, 'saturated'>

/**
 * What an outcome says of its upstream. A throttled one works, and a failed one may not; `none` says nothing.
 */
export const verdicts = {
  ok: 'good',
  abandoned: 'none',
  connect: 'failed',
  reset: 'failed',
  timeout: 'failed',
  truncated: 'failed',
  stalled: 'failed',
  unavailable: 'failed',
  throttled: 'throttled',
} as const satisfies Record<Outcome, 'good' | 'failed' | 'throttled' | 'none'>
export type Verdict = (typeof verdicts)[Outcome]

export const outcomes = Object.keys(verdicts) as Outcome[]

/** Of an exchange that was given up with an error. An error of another upstream came through the body. */
export function outcomeOfError(error: unknown, upstream: string): Outcome {
  if (!(error instanceof AttemptError) || error.fault === 'saturated') return 'abandoned'
  return error.upstream === undefined || error.upstream === upstream ? error.fault : 'abandoned'
}

/** Not implemented, and a version of HTTP that is not supported: it is the request that it cannot do. */
const refusals = new Set([501, 505])
/** Codes of replies with 503 that ask for less. A 503 with another code, or none, comes from one that cannot work now. */
const throttleCodes = /<Code>\s*(?:SlowDown|TooManyRequests|RequestLimitExceeded|Throttling(?:Exception)?)\s*</

/**
 * Of a reply that came whole.
 * @param body as far as it is known: of a 503, only the document in it says what it means
 */
export function outcomeOfReply(status: number, headers: Headers, body?: Buffer): Outcome {
  if (status === 429) return 'throttled'
  if (status < 500 || refusals.has(status)) return 'ok'
  if (status !== 503) return 'unavailable'
  const asksForLess = body !== undefined && throttleCodes.test(body.toString('latin1', 0, 4096))
  return asksForLess || headers.has('retry-after') ? 'throttled' : 'unavailable'
}
