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
}
