import type { ExchangeClass } from './figures/exchange-class.ts'

export interface LimitOptions {
  readonly initial: number
  readonly min: number
  readonly max: number
  readonly windowMs: number
  readonly samplesMin: number
  readonly tolerance: number
  readonly smoothing: number
  readonly longWindows: number
  readonly throttledShare: number
}

interface WindowSum {
  count: number
  sumMs: number
}

/**
 * How many exchanges an upstream may have under way: more as long as first bytes come as fast as usual, fewer when they
 * come later, for then they wait in a queue there. The gradient of gradient2 (Netflix, concurrency-limits), with what is
 * usual known for each kind of request; and a multiplicative decrease when the upstream says that it is too much.
 */
export class ConcurrencyLimit {
  readonly #options: LimitOptions
  readonly #longMs = new Map<ExchangeClass, number>()
  readonly #window = new Map<ExchangeClass, WindowSum>()
  #windowStartMs: number
  #windowSamples = 0
  #inFlightMax = 0
  #throttledMs = Number.NEGATIVE_INFINITY
  #limit: number

  constructor(options: LimitOptions, nowMs: number) {
    this.#options = options
    this.#limit = options.initial
    this.#windowStartMs = nowMs
  }

  /** Exchanges that may be under way. */
  get limit(): number {
    return Math.floor(this.#limit)
  }

  /** A first byte came. @param inFlight exchanges under way, this one among them */
  answered(kind: ExchangeClass, firstByteMs: number, inFlight: number, nowMs: number): void {
    const { windowMs, samplesMin } = this.#options
    const sum = this.#window.get(kind) ?? { count: 0, sumMs: 0 }
    sum.count += 1
    sum.sumMs += firstByteMs
    this.#window.set(kind, sum)
    this.#windowSamples += 1
    this.#inFlightMax = Math.max(this.#inFlightMax, inFlight)
    if (this.#windowSamples >= samplesMin && nowMs >= this.#windowStartMs + windowMs) this.#endWindow(nowMs)
  }

  /** The upstream asked for less. @param inFlight exchanges under way, this one among them */
  throttled(inFlight: number, nowMs: number): void {
    const { windowMs, throttledShare, min } = this.#options
    // Those that were sent before it could be known answer the same: they count once.
    if (nowMs < this.#throttledMs + windowMs) return
    this.#throttledMs = nowMs
    this.#limit = Math.max(min, Math.min(this.#limit, inFlight) * throttledShare)
  }

  #endWindow(nowMs: number): void {
    const { min, max, tolerance, smoothing } = this.#options
    const slowness = this.#slowness()
    // What is not used to half says nothing of the limit.
    if (this.#inFlightMax >= this.#limit / 2) {
      const gradient = Math.max(0.5, Math.min(1, tolerance / slowness))
      const wanted = this.#limit * gradient + Math.sqrt(this.#limit)
      this.#limit = Math.min(max, Math.max(min, this.#limit * (1 - smoothing) + wanted * smoothing))
    }
    this.#window.clear()
    this.#windowStartMs = nowMs
    this.#windowSamples = 0
    this.#inFlightMax = 0
  }

  /** First bytes of the window in multiples of what is usual, which they become a part of. */
  #slowness(): number {
    let sum = 0
    for (const [kind, { count, sumMs }] of this.#window) {
      const shortMs = sumMs / count
      const longMs = this.#longMs.get(kind) ?? shortMs
      sum += (count * shortMs) / longMs
      // A load that is over is not to be what is usual for long.
      const knownMs = longMs > 2 * shortMs ? longMs * 0.95 : longMs
      this.#longMs.set(kind, knownMs + (shortMs - knownMs) / this.#options.longWindows)
    }
    return sum / this.#windowSamples
  }
}
