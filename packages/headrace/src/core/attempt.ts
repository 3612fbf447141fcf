import { S3Error } from '@headrace/s3'

/**
 * How an attempt at an upstream ended without the reply that was wanted:
 * - `connect`: no connection; nothing was sent.
 * - `saturated`: every upstream has as much to do as it may, or is cut off; nothing was sent.
 * - `reset`: the connection ended before a whole head of a reply came.
 * - `timeout`: no first byte in time.
 * - `truncated`: the body of the reply ended too early.
 * - `stalled`: the body of the reply came too slowly, or not at all any more.
 * - `throttled`: the upstream asks for less: 503 SlowDown, 429.
 * - `unavailable`: it answered with another 5xx.
 */
export type AttemptFault =
  | 'connect'
  | 'saturated'
  | 'reset'
  | 'timeout'
  | 'truncated'
  | 'stalled'
  | 'throttled'
  | 'unavailable'

export interface AttemptFailure {
  readonly fault: AttemptFault
  /** Name of the upstream, as in logs and metrics; undefined when none was chosen. */
  readonly upstream?: string | undefined
  /** Some of the request may have reached the upstream: it may have been done. */
  readonly wasSent: boolean
  /** Of the reply, when there was one. */
  readonly status?: number | undefined
  /** How long the upstream wants to be left alone. */
  readonly retryAfterMs?: number | undefined
  readonly message?: string
  readonly cause?: unknown
}

/** One attempt at an upstream that failed for a reason that another attempt may not meet. */
export class AttemptError extends Error {
  readonly fault: AttemptFault
  readonly upstream: string | undefined
  readonly wasSent: boolean
  readonly status: number | undefined
  readonly retryAfterMs: number | undefined

  constructor({ fault, upstream, wasSent, status, retryAfterMs, message, cause }: AttemptFailure) {
    super(message ?? `${upstream ?? 'no upstream'}: ${fault}`, cause === undefined ? undefined : { cause })
    this.name = 'AttemptError'
    this.fault = fault
    this.upstream = upstream
    this.wasSent = wasSent
    this.status = status
    this.retryAfterMs = retryAfterMs
  }
}

/** The attempt behind an error, which is itself or its cause; undefined for what another attempt would not mend. */
export function attemptErrorOf(error: unknown): AttemptError | undefined {
  if (error instanceof AttemptError) return error
  return error instanceof S3Error && error.cause instanceof AttemptError ? error.cause : undefined
}

/** One try at a call, as whoever makes it fills it in: layers that make several give each its own. */
export interface AttemptRecord {
  /** Name of the upstream that was chosen. */
  upstream?: string
  /** Bytes of the body of the request were taken from the client: without a replayable body, there is no second try. */
  isBodyTouched?: boolean
}
