import type { UpstreamReply, UpstreamRequest } from './exchange.ts'

/** What a group has to know to choose an upstream. */
export interface LeaseWish {
  readonly effect: 'read' | 'write'
  readonly bucket: string | undefined
  /** Names of upstreams that are taken only when there is no other. */
  readonly avoid?: ReadonlySet<string> | undefined
}

/**
 * One attempt at one upstream of a group: a place among those that it may have under way. What comes of the exchange is
 * reported to the group by itself.
 */
export interface Lease {
  /** Name of the upstream: its host and port, unless the configuration says otherwise. */
  readonly upstream: string
  /** What the upstream is addressed as: the value of `host`, which is signed. */
  readonly host: string
  /**
   * Called once. The place is given back when the body of the reply was read to its end or given up, or when this throws.
   * @throws AttemptError as `UpstreamClient.exchange`
   */
  exchange(request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamReply>
  /** Gives the place back without an exchange. */
  release(): void
}

/** Endpoints of one store, any of which can take any request. */
export interface UpstreamGroup {
  readonly name: string
  /**
   * Chooses an upstream, and waits for nothing.
   * @throws AttemptError `saturated`
   */
  lease(wish: LeaseWish): Lease
  close(): void
}
