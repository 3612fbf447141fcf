import assert from 'node:assert'
import type { UpstreamReply, UpstreamRequest } from '../exchange.ts'
import type { Lease } from '../lease.ts'

export interface LeaseOf {
  readonly upstream: string
  readonly host: string
  readonly exchange: (request: UpstreamRequest, signal: AbortSignal) => Promise<UpstreamReply>
  /** The place is given back unused. */
  readonly giveBack: () => void
}

/** A place at an upstream that is used once, or given back. */
export class UpstreamLease implements Lease {
  readonly upstream: string
  readonly host: string
  readonly #of: LeaseOf
  #isHeld = true

  constructor(of: LeaseOf) {
    this.upstream = of.upstream
    this.host = of.host
    this.#of = of
  }

  exchange(request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamReply> {
    assert.ok(this.#isHeld, `a lease of ${this.upstream} is used twice, or after it was given back`)
    this.#isHeld = false
    return this.#of.exchange(request, signal)
  }

  /** Has no effect when it was used, or given back before. */
  release(): void {
    if (!this.#isHeld) return
    this.#isHeld = false
    this.#of.giveBack()
  }
}
