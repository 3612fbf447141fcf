import type { Outcome } from './figures/outcome.ts'
import type { BreakerState } from './health/circuit-breaker.ts'

/**
 * What may be asked of an upstream:
 * - `up`: everything.
 * - `returning`: more and more; it was away.
 * - `ejected`: nothing for a while, because it did worse than its peers.
 * - `down`: nothing until active checks pass.
 * - `draining`: nothing any more; discovery does not name it, and it goes when what it has under way is over.
 */
export type UpstreamState = 'up' | 'returning' | 'ejected' | 'down' | 'draining'

export interface StateChange {
  readonly group: string
  readonly upstream: string
  /** Undefined for one that is new. */
  readonly from: UpstreamState | undefined
  /** Undefined for one that is gone. */
  readonly to: UpstreamState | undefined
  /** For the operator; undefined when all is well. */
  readonly reason: string | undefined
}

export interface BreakerChange {
  readonly group: string
  readonly upstream: string
  /** Of the writes to this bucket; undefined: of everything. */
  readonly bucket: string | undefined
  readonly from: BreakerState
  readonly to: BreakerState
}

export interface ExchangeEnd {
  readonly group: string
  readonly upstream: string
  readonly outcome: Outcome
  /** Undefined when no head came. */
  readonly firstByteMs: number | undefined
  /** To the end of the body. */
  readonly totalMs: number
  readonly sentBytes: number
  readonly receivedBytes: number
}

/** What a group tells to those who count and write it down. None of these throws, or waits. */
export interface GroupEvents {
  stateChanged(change: StateChange): void
  /** Beside the change of state. @param ejection for how long, at least */
  ejected(ejection: { group: string; upstream: string; reason: string; durationMs: number }): void
  breakerChanged(change: BreakerChange): void
  /** All upstreams are used, whatever is known of them, because too few would be left; or that is over. */
  panicChanged(change: { group: string; isPanic: boolean }): void
  exchangeEnded(end: ExchangeEnd): void
  /** Upstreams could not be found out; those that are known stay. */
  discoveryFailed(failure: { group: string; error: unknown }): void
}

/** Events that nobody listens to, for tests and tools. */
export const silentGroupEvents: GroupEvents = {
  stateChanged() {},
  ejected() {},
  breakerChanged() {},
  panicChanged() {},
  exchangeEnded() {},
  discoveryFailed() {},
}
