/** Smallest time that is told from others, and how far the edges of bins lie apart: a quantile is right to 15 %. */
const binMsMin = 0.1
const binFactor = 1.15
/** Up to some 100 s. */
const bins = 100
/** Fewer times have no p95 worth the name. */
const samplesMin = 20
/** Of the usual p95, what one window counts for: it takes some twenty windows, a minute, to become what is usual. */
const windowWeight = 0.05

/**
 * How long something takes, in windows of some seconds: the p95 of the last of them, and the usual one. The usual p95 is
 * the geometric mean of windows, not the p95 of all times together: a few seconds in which everything is slow would be
 * more than a twentieth of a minute's calls, and would then pass for usual.
 */
export class LatencyTrack {
  readonly #windowMs: number
  readonly #counts = new Uint32Array(bins)
  #count = 0
  #startedMs: number
  #usualMs: number | undefined
  #last: { readonly p95Ms: number; readonly endedMs: number } | undefined

  constructor(windowMs: number, nowMs: number) {
    this.#windowMs = windowMs
    this.#startedMs = nowMs
  }

  record(ms: number, nowMs: number): void {
    if (nowMs - this.#startedMs >= this.#windowMs && this.#count >= samplesMin) this.#endWindow(nowMs)
    const bin = ms <= binMsMin ? 0 : Math.ceil(Math.log(ms / binMsMin) / Math.log(binFactor))
    const index = Math.min(bins - 1, bin)
    this.#counts[index] = (this.#counts[index] as number) + 1
    this.#count += 1
  }

  /** Undefined as long as too little is known. */
  get usualP95Ms(): number | undefined {
    return this.#usualMs ?? this.#windowP95Ms()
  }

  /** Of the last seconds; undefined when there was too little in them. */
  recentP95Ms(nowMs: number): number | undefined {
    const isRecent = this.#last !== undefined && nowMs - this.#last.endedMs < this.#windowMs
    return this.#windowP95Ms() ?? (isRecent ? this.#last?.p95Ms : undefined)
  }

  #windowP95Ms(): number | undefined {
    if (this.#count < samplesMin) return undefined
    let above = this.#count * 0.05
    for (let bin = bins - 1; bin > 0; bin -= 1) {
      above -= this.#counts[bin] as number
      if (above < 0) return binMsMin * binFactor ** bin
    }
    return binMsMin
  }

  #endWindow(nowMs: number): void {
    const p95Ms = this.#windowP95Ms() as number
    this.#usualMs = this.#usualMs === undefined ? p95Ms : this.#usualMs * (p95Ms / this.#usualMs) ** windowWeight
    this.#last = { p95Ms, endedMs: nowMs }
    this.#counts.fill(0)
    this.#count = 0
    this.#startedMs = nowMs
  }
}
