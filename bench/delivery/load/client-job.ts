import type { Endpoint } from '../../load/requests.ts'

/** How far the bytes of one object of a set are shifted against those of the next: a multiple of four. */
export const shiftBytes = 12

/** Objects of one size; each has bytes of its own. */
export interface ObjectSet {
  /** Beginning of their keys. */
  readonly name: string
  readonly sizeBytes: number
  readonly count: number
}

/** What clients do that do not know each other. */
export interface ClientJob {
  /** All in front of the same store; each client keeps to one of them, in turn. */
  readonly endpoints: readonly Endpoint[]
  readonly objects: ObjectSet
  /** `write` puts each object once; `get` and `put` choose at random, and go on until the time is over. */
  readonly operation: 'write' | 'get' | 'put'
  readonly clients: number
  readonly seconds: number
  /** Requests come at this rate, whatever the replies do: their time counts from when they were due. */
  readonly ratePerS?: number | undefined
  readonly requestsMax?: number | undefined
  /** Of one request, all together; 1, and so no retries of its own, unless told otherwise. */
  readonly attemptsMax?: number | undefined
}

export interface ClientResult {
  /** That were answered with what was wanted. */
  readonly requests: number
  /** That had no good reply: refused, broken in the middle, or with wrong bytes. */
  readonly failed: number
  /** Those of them whose bytes were others than were written. */
  readonly wrong: number
  /** How many failed why. */
  readonly failures: Readonly<Record<string, number>>
  /** That were sent once more, over a new connection, since the server had closed the old one meanwhile. */
  readonly reconnects: number
  /** Further attempts of clients that may make several. */
  readonly retries: number
  readonly seconds: number
  readonly bodyBytes: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}
