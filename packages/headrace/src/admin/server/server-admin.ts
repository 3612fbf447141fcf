import type { AccessRecord } from '../../core/access-record.ts'
import type { AdminOf } from '../api-operation.ts'

/** What requests have come to since the processes began, all of them together. They only grow, but when one is replaced. */
export interface RequestFigures {
  /** Milliseconds on the server's monotonic clock, for rates between two of these. */
  readonly takenMs: number
  readonly inFlight: number
  /** How many were answered, by operation and HTTP status. */
  readonly requests: readonly { readonly operation: string; readonly status: number; readonly count: number }[]
  /** How many had their first byte after at most so many milliseconds, bounds rising; the last is `null`: all of them. */
  readonly firstByte: readonly { readonly msMax: number | null; readonly count: number }[]
  /** Of bodies. */
  readonly bytesIn: number
  readonly bytesOut: number
  /** What was done at upstreams beyond one attempt a request, by kind as in /metrics; `null` for a store on drives. */
  readonly attempts: Readonly<Record<string, number>> | null
}

/** Every operation on a server that is about requests, whatever they are served from. */
export interface ServerAdminOperations {
  figures: { input: Record<never, never>; output: RequestFigures }
  /** The record of a request in the access log; `null` when there is none, or not any more. */
  findRequest: { input: { requestId: string }; output: { record: AccessRecord | null } }
}

export type ServerAdmin = AdminOf<ServerAdminOperations>
