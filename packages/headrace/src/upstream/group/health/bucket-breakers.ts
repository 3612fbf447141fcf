import type { Random } from '../../../core/runtime.ts'
import type { Verdict } from '../figures/outcome.ts'
import { type BreakerOptions, type BreakerState, CircuitBreaker } from './circuit-breaker.ts'

export interface BucketBreakersOptions extends BreakerOptions {
  /** Buckets that are known at a time: those that have failed last. */
  readonly bucketsMax: number
  readonly random: Pick<Random, 'next'>
  readonly changed: (bucket: string, from: BreakerState, to: BreakerState) => void
}

/**
 * Circuit breakers of one upstream for writes, one for each bucket in which writes have failed of late: a bucket whose
 * index cannot be written takes no places from others. An upstream that fails altogether is not found out here.
 */
export class BucketBreakers {
  readonly #options: BucketBreakersOptions
  /** In the order of their first failures. */
  readonly #breakers = new Map<string, CircuitBreaker>()

  constructor(options: BucketBreakersOptions) {
    this.#options = options
  }

  /** Buckets that writes do not reach now. */
  get openBuckets(): string[] {
    return [...this.#breakers].filter(([, { state }]) => state !== 'closed').map(([bucket]) => bucket)
  }

  lets(bucket: string, nowMs: number): boolean {
    return this.#breakers.get(bucket)?.lets(nowMs) ?? true
  }

  /** @returns what the attempt has to show when it is over */
  begin(bucket: string, nowMs: number): number {
    return this.#breakers.get(bucket)?.begin(nowMs) ?? 0
  }

  ended(bucket: string, verdict: Verdict, generation: number, nowMs: number): void {
    const breaker = this.#breakers.get(bucket) ?? (verdict === 'failed' ? this.#create(bucket) : undefined)
    breaker?.ended(verdict, generation, nowMs)
    if (breaker?.isSpotless) this.#breakers.delete(bucket)
  }

  #create(bucket: string): CircuitBreaker {
    const { bucketsMax, changed, ...options } = this.#options
    if (this.#breakers.size >= bucketsMax) {
      const [oldest] = this.#breakers.keys()
      if (oldest !== undefined) this.#breakers.delete(oldest)
    }
    const breaker = new CircuitBreaker({ ...options, changed: (from, to) => changed(bucket, from, to) })
    this.#breakers.set(bucket, breaker)
    return breaker
  }
}
