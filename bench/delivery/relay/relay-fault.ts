/** What a relay does to the requests that it passes on. */
export interface RelayFault {
  /** The reply begins so much later. */
  readonly delayMs?: number
  /** Bytes of a body in a second, once its first MiB has gone through. */
  readonly bytesPerS?: number
  /** How many of the requests are answered 503 by the relay itself: from 0 to 1. */
  readonly refusedShare?: number
}

/** What a relay in front of one upstream is told at its start. */
export interface RelayJob {
  /** `http://host:port` of each upstream: one relay is opened in front of each. */
  readonly upstreams: readonly string[]
}

/** What the process of the relays says once they listen. */
export interface RelayReady {
  readonly ports: readonly number[]
}
