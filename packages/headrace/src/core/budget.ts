/** How much may be done in addition to what is asked for. */
export interface BudgetOptions {
  /** What each request earns: 0.1 pays for one more attempt in ten requests. */
  readonly share: number
  /** What is there at the start, so that the first failures of a quiet store are mended too. */
  readonly reserve: number
  /** What can be saved up: it bounds what is done at once when everything begins to fail. */
  readonly savedMax: number
}

/**
 * Pays for attempts that nobody asked for: a token bucket that requests fill. Over any number of requests, no more is
 * spent than their share of it and what was saved up, so attempts never become the load that makes attempts fail.
 */
export class Budget {
  readonly #options: BudgetOptions
  #saved: number

  constructor(options: BudgetOptions) {
    this.#options = options
    this.#saved = options.reserve
  }

  /** A request has come. */
  earn(): void {
    this.#saved = Math.min(this.#options.savedMax, this.#saved + this.#options.share)
  }

  /**
   * @param keep what is to be left for others that need it more
   * @returns whether one more attempt is paid for
   */
  spend(keep = 0): boolean {
    // Ten times a tenth is a little less than one.
    if (this.#saved + 1e-6 < keep + 1) return false
    this.#saved -= 1
    return true
  }
}
