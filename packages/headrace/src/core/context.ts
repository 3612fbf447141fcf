import type { AttemptRecord } from './attempt.ts'

/** Who sent a request. */
export type Principal =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'owner'
      /** Canonical id: 64 hexadecimal digits. */
      readonly id: string
      readonly displayName: string
      readonly accessKeyId: string
      /** The root owner may do everything with everybody's buckets. */
      readonly isRoot: boolean
    }

export const anonymous: Principal = { kind: 'anonymous' }

/** What layers and stores tell about a request for its record in the access log. */
export interface RequestNotes {
  store?: string
  /** Name of the upstream that answered last. */
  upstream?: string
  /** Attempts at upstreams, all together. */
  attempts?: number
  /** A second attempt was sent because the first was late. */
  hedged?: boolean
  /** How often a body was continued in the middle. */
  resumed?: number
  /** What was done on the way, for `headrace trace`; undefined when nobody wants to know. See `addStep`. */
  trail?: TrailStep[]
}

/** Something that a layer or a store did for a request. */
export interface TrailStep {
  /** Milliseconds since the request began to be handled, on the monotonic clock. */
  readonly atMs: number
  /** Who did it, such as `retry` or `upstream`. */
  readonly by: string
  /** What, such as `10.0.0.2:7480: getObject: 503`. */
  readonly what: string
  /** Milliseconds that it took; undefined for what is done at once. */
  readonly tookMs?: number | undefined
}

/** What goes with a call through all layers. */
export interface RequestContext {
  readonly requestId: string
  readonly principal: Principal
  /**
   * Aborted when the client is known to be gone: whoever waits for something gives up. One that has closed its
   * connection in order is not told from one that only sends no more, until something is written to it.
   */
  readonly signal: AbortSignal
  readonly notes: RequestNotes
  /** When the request began to be handled, in milliseconds of the monotonic clock; undefined for our own questions. */
  readonly startedMs?: number | undefined
  /** Names of upstreams that are not to be chosen as long as there are others: an attempt there has just failed, or runs. */
  readonly avoid?: ReadonlySet<string> | undefined
  /** Filled in by the store that makes the attempt, when a layer wants to know. */
  readonly attempt?: AttemptRecord | undefined
}
