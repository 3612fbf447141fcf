/**
 * How slow an upstream is, in multiples of what is usual: rises at once with a sample that is worse, and falls
 * exponentially with time. Without samples it comes back to what is usual, so that one that was passed over for being
 * slow is tried again.
 * Peak EWMA is the measure of Finagle's balancer (2015): an average would hide for some time that something has begun to hang.
 */
export class PeakEwma {
  readonly #decayMs: number
  #value = 1
  #atMs = 0

  /** @param decayMs in which a difference falls to 37 % */
  constructor(decayMs: number) {
    this.#decayMs = decayMs
  }

  /** @param slowness of a sample: 1 is what is usual, or better */
  record(slowness: number, nowMs: number): void {
    const weight = this.#weight(nowMs)
    this.#value = slowness > this.value(nowMs) ? slowness : this.#value * weight + slowness * (1 - weight)
    this.#atMs = nowMs
  }

  value(nowMs: number): number {
    return 1 + (this.#value - 1) * this.#weight(nowMs)
  }

  reset(): void {
    this.#value = 1
  }

  #weight(nowMs: number): number {
    return Math.exp((this.#atMs - nowMs) / this.#decayMs)
  }
}
