import type { Outcome } from '../../upstream/group/figures/outcome.ts'
import type { UpstreamState } from '../../upstream/group/group-events.ts'
import type { BreakerState } from '../../upstream/group/health/circuit-breaker.ts'
import type { AdminOf } from '../api-operation.ts'

/** One upstream as all gateways together see it. Shares and quantiles are of the last ten seconds. */
export interface UpstreamReport {
  readonly name: string
  readonly zone: string | null
  /** The worst that a gateway sees. */
  readonly state: UpstreamState
  /** How many gateways see it so. */
  readonly states: Readonly<Partial<Record<UpstreamState, number>>>
  /** Why it is not `up` for a gateway; `null` when it is for all. */
  readonly reason: string | null
  /** The worst of the gateways. */
  readonly breaker: BreakerState
  /** Buckets that a gateway cannot write there now. */
  readonly openBuckets: readonly string[]
  /** Exchanges under way, and how many may be, of all gateways together. */
  readonly inFlight: number
  readonly limit: number
  readonly oldestUnansweredMs: number
  /** p50 is the mean of those of the gateways, p99 the worst; `null` when no reply came. */
  readonly firstByteMs: { readonly p50: number; readonly p99: number } | null
  /** Means of those of the gateways, between 0 and 1. */
  readonly errorShare: number
  readonly throttledShare: number
  /** All together, since the gateways began: */
  readonly exchanges: Readonly<Record<Outcome, number>>
  readonly ejections: number
  readonly sentBytes: number
  readonly receivedBytes: number
}

export interface UpstreamsReport {
  /** Gateways that answered. */
  readonly gateways: number
  /** Those that use all upstreams, since hardly any is well. */
  readonly panicking: number
  readonly upstreams: readonly UpstreamReport[]
}

/** What an upstream is made to do in all gateways. At least one of the first four; a status stands alone with a delay. */
export interface UpstreamFaultSetting {
  readonly upstream: string
  /** Replies begin so much later. */
  readonly latencyMs: number
  /** Replies are errors with this status, and the upstream never sees the requests. */
  readonly status: number | null
  /** Connections break, or nothing comes any more, after so many bytes of a body; 0: before the head. */
  readonly resetAfterBytes: number | null
  readonly stallAfterBytes: number | null
  /** How many of the exchanges are struck: above 0, up to 1. */
  readonly share: number
}

export interface UpstreamFaultList {
  readonly faults: readonly UpstreamFaultSetting[]
}

/** Every operation on the operator's side of a group of upstreams. */
export interface UpstreamAdminOperations {
  status: { input: Record<never, never>; output: UpstreamsReport }
  faults: { input: Record<never, never>; output: UpstreamFaultList }
  /** Takes the place of the fault that the upstream had, in all gateways, and in those that are started later. */
  setFault: { input: UpstreamFaultSetting; output: UpstreamFaultList }
  /** `null`: of every upstream. */
  clearFaults: { input: { upstream: string | null }; output: UpstreamFaultList }
}

export type UpstreamAdmin = AdminOf<UpstreamAdminOperations>
