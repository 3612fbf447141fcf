export interface EjectionOptions {
  readonly ejectionBaseMs: number
  readonly ejectionMsMax: number
  readonly forgiveMs: number
}

type State =
  | { readonly state: 'in'; readonly sinceMs: number }
  | { readonly state: 'ejected'; readonly sinceMs: number; readonly untilMs: number; readonly reason: string }

/** Whether one upstream is ejected, and for how long: the longer, the more often it was of late. */
export class Ejection {
  readonly #options: EjectionOptions
  #state: State = { state: 'in', sinceMs: Number.NEGATIVE_INFINITY }
  /** Ejections that are not forgiven. */
  #count = 0
  #total = 0

  constructor(options: EjectionOptions) {
    this.#options = options
  }

  /** Why it is ejected; undefined when it is not. */
  get reason(): string | undefined {
    return this.#state.state === 'ejected' ? this.#state.reason : undefined
  }

  /** How often it was ejected, ever. */
  get total(): number {
    return this.#total
  }

  /** @returns for how many milliseconds, at least */
  eject(reason: string, nowMs: number): number {
    const { ejectionBaseMs, ejectionMsMax, forgiveMs } = this.#options
    const forgiven = Math.floor(Math.min((nowMs - this.#state.sinceMs) / forgiveMs, this.#count))
    this.#count += 1 - forgiven
    this.#total += 1
    const durationMs = Math.min(ejectionBaseMs * this.#count, ejectionMsMax)
    this.#state = { state: 'ejected', sinceMs: nowMs, untilMs: nowMs + durationMs, reason }
    return durationMs
  }

  /**
   * Ends the ejection when its time is over.
   * @param lastPassMs when the last check that passed was sent: where there are checks, one must have since it was ejected
   * @returns whether it ended
   */
  endWhenDue(nowMs: number, lastPassMs: number): boolean {
    const state = this.#state
    if (state.state === 'in' || nowMs < state.untilMs || lastPassMs < state.sinceMs) return false
    this.#state = { state: 'in', sinceMs: nowMs }
    return true
  }
}
