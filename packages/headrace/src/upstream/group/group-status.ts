import type { Outcome } from './figures/outcome.ts'
import type { UpstreamState } from './group-events.ts'
import type { BreakerState } from './health/circuit-breaker.ts'

/** One upstream as it is now, as plain data. Shares and quantiles are of the last ten seconds. */
export interface UpstreamStatus {
  readonly name: string
  readonly zone: string | undefined
  readonly state: UpstreamState
  /** Why it is not `up`. */
  readonly reason: string | undefined
  readonly breaker: BreakerState
  /** Buckets that cannot be written there now. */
  readonly openBuckets: readonly string[]
  readonly inFlight: number
  /** How many may be in flight. */
  readonly limit: number
  /** How long the oldest request has waited for its first byte; 0 when none waits. */
  readonly oldestUnansweredMs: number
  /** Undefined when no reply came. */
  readonly firstByteMs: { readonly p50: number; readonly p99: number } | undefined
  /** Exchanges that failed, of those that say anything. */
  readonly errorShare: number
  readonly throttledShare: number
  /** Ever since: */
  readonly exchanges: Readonly<Record<Outcome, number>>
  readonly ejections: number
  /** Of bodies of requests, and of replies. */
  readonly sentBytes: number
  readonly receivedBytes: number
}

export interface GroupStatus {
  readonly name: string
  /** Too few can be used, so all are. */
  readonly isPanic: boolean
  readonly upstreams: readonly UpstreamStatus[]
}
