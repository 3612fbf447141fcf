/** Enough for a p99 of now; sorting so many takes some microseconds, and is done when somebody asks only. */
const samplesMax = 256

/** The last samples of something, none older than a window. */
export class RecentSamples {
  readonly #windowMs: number
  readonly #values = new Float64Array(samplesMax)
  readonly #atMs = new Float64Array(samplesMax).fill(Number.NEGATIVE_INFINITY)
  #next = 0

  constructor(windowMs: number) {
    this.#windowMs = windowMs
  }

  record(value: number, nowMs: number): void {
    this.#values[this.#next] = value
    this.#atMs[this.#next] = nowMs
    this.#next = (this.#next + 1) % samplesMax
  }

  /** Those of the window, from the smallest to the largest. */
  sorted(nowMs: number): Float64Array {
    return this.#values.filter((_, place) => (this.#atMs[place] as number) > nowMs - this.#windowMs).sort()
  }

  reset(): void {
    this.#atMs.fill(Number.NEGATIVE_INFINITY)
  }
}
