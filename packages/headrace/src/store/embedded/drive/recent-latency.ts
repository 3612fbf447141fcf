/** Bins of a factor of two: each is 19 % wider than the one before, so a quantile is at most 9 % off. */
const binsPerOctave = 4
/** Of the first bin, in milliseconds: a microsecond, about. */
const shortestMs = 2 ** -10
/** Up to 2^22 ms, more than an hour. */
const bins = 32 * binsPerOctave
/** Quantiles are of the window under way and the one before it. */
const windowMs = 5_000

/**
 * How long the calls of the last five to ten seconds took: counts in bins, so that recording costs one logarithm and no
 * memory. Where nothing happens nothing is forgotten: the figures are those of when there last were calls.
 */
export class RecentLatency {
  #now = new Uint32Array(bins)
  #before = new Uint32Array(bins)
  #nowCount = 0
  #beforeCount = 0
  #windowEndMs = 0

  get count(): number {
    return this.#nowCount + this.#beforeCount
  }

  /** @param atMs of the clock, when the call was over */
  record(durationMs: number, atMs: number): void {
    if (atMs >= this.#windowEndMs) this.#turn(atMs)
    const bin = Math.floor(Math.log2(durationMs / shortestMs) * binsPerOctave)
    const index = bin > 0 ? Math.min(bin, bins - 1) : 0
    this.#now[index] = (this.#now[index] as number) + 1
    this.#nowCount += 1
  }

  /** @returns milliseconds; 0 when there was no call */
  quantile(share: number): number {
    const rank = share * this.count
    let seen = 0
    for (let bin = 0; bin < bins; bin += 1) {
      seen += (this.#now[bin] as number) + (this.#before[bin] as number)
      if (seen > 0 && seen >= rank) return shortestMs * 2 ** ((bin + 0.5) / binsPerOctave)
    }
    return 0
  }

  /** Begins anew. */
  reset(): void {
    this.#now.fill(0)
    this.#before.fill(0)
    this.#nowCount = 0
    this.#beforeCount = 0
  }

  #turn(atMs: number): void {
    // After a pause of a window or more, what was before it says nothing of now.
    if (atMs >= this.#windowEndMs + windowMs) this.reset()
    const oldest = this.#before
    this.#before = this.#now
    this.#beforeCount = this.#nowCount
    this.#now = oldest.fill(0)
    this.#nowCount = 0
    this.#windowEndMs = atMs + windowMs
  }
}
