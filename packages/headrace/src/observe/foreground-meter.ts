import type { AccessRecord } from '../core/access-record.ts'
import { type ForegroundLoad, noLoad } from '../core/foreground-load.ts'
import type { Clock } from '../core/runtime.ts'

/** Latencies that one report is made of; a server that is busier is judged by the first of them. */
const samplesMax = 4096
/** Larger uploads take as long as their clients send; they say nothing about the store. */
const uploadBytesMax = 128 * 1024

/** Measures how clients fare, for those who must not disturb them. */
export class ForegroundMeter {
  readonly #clock: Clock
  readonly #samples = new Float64Array(samplesMax)
  #count = 0
  #requests = 0
  #sinceMs: number
  #last = noLoad

  constructor(clock: Clock) {
    this.#clock = clock
    this.#sinceMs = clock.monotonic()
  }

  record({ firstByteMs, bytesIn, status }: Pick<AccessRecord, 'firstByteMs' | 'bytesIn' | 'status'>): void {
    this.#requests += 1
    if (bytesIn > uploadBytesMax || status >= 400 || this.#count === samplesMax) return
    this.#samples[this.#count] = firstByteMs
    this.#count += 1
  }

  /** What was taken last. */
  get last(): ForegroundLoad {
    return this.#last
  }

  /** The load since the last call. */
  take(): ForegroundLoad {
    const nowMs = this.#clock.monotonic()
    const seconds = Math.max(0.001, (nowMs - this.#sinceMs) / 1000)
    const sorted = this.#samples.subarray(0, this.#count).sort()
    const quantile = (share: number) => sorted[Math.min(this.#count - 1, Math.floor(this.#count * share))] ?? 0
    const load = { requestsPerS: this.#requests / seconds, p99Ms: quantile(0.99), p90Ms: quantile(0.9) }
    this.#last = load
    this.#sinceMs = nowMs
    this.#count = 0
    this.#requests = 0
    return load
  }
}
