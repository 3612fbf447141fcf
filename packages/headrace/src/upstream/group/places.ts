import type { Clock, Random } from '../../core/runtime.ts'
import type { LeaseWish } from '../lease.ts'
import { ConcurrencyLimit } from './concurrency-limit.ts'
import type { ExchangeClass } from './figures/exchange-class.ts'
import { type Outcome, type Verdict, verdicts } from './figures/outcome.ts'
import { BucketBreakers } from './health/bucket-breakers.ts'
import { type BreakerState, CircuitBreaker } from './health/circuit-breaker.ts'
import type { GroupOptions } from './options.ts'

export interface PlacesOptions extends Pick<GroupOptions, 'breaker' | 'limit'> {
  readonly clock: Clock
  readonly random: Pick<Random, 'next'>
  /** @param bucket undefined: the breaker of everything */
  readonly breakerChanged: (bucket: string | undefined, from: BreakerState, to: BreakerState) => void
}

/** A place that was taken: to be given back once. */
export interface Place {
  /** Of a write. */
  readonly bucket: string | undefined
  readonly generation: number
  readonly bucketGeneration: number
}

/** What one upstream may have under way: its limit of concurrency, and its circuit breakers. */
export class Places {
  readonly #clock: Clock
  readonly #limit: ConcurrencyLimit
  readonly #breaker: CircuitBreaker
  readonly #bucketBreakers: BucketBreakers
  #inFlight = 0

  constructor({ clock, random, breaker, limit, breakerChanged }: PlacesOptions) {
    this.#clock = clock
    this.#limit = new ConcurrencyLimit(limit, clock.monotonic())
    this.#breaker = new CircuitBreaker({
      ...breaker,
      random,
      changed: (from, to) => breakerChanged(undefined, from, to),
    })
    this.#bucketBreakers = new BucketBreakers({
      ...breaker,
      consecutiveErrors: breaker.bucketErrors,
      random,
      changed: breakerChanged,
    })
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get limit(): number {
    return this.#limit.limit
  }

  get breaker(): BreakerState {
    return this.#breaker.state
  }

  /** Buckets that writes do not reach now. */
  get openBuckets(): string[] {
    return this.#bucketBreakers.openBuckets
  }

  /** Whether there is a place for this. */
  lets(wish: LeaseWish): boolean {
    const nowMs = this.#clock.monotonic()
    const bucket = writtenBucket(wish)
    return (
      this.#inFlight < this.#limit.limit &&
      this.#breaker.lets(nowMs) &&
      (bucket === undefined || this.#bucketBreakers.lets(bucket, nowMs))
    )
  }

  take(wish: LeaseWish): Place {
    const nowMs = this.#clock.monotonic()
    const bucket = writtenBucket(wish)
    this.#inFlight += 1
    const bucketGeneration = bucket === undefined ? 0 : this.#bucketBreakers.begin(bucket, nowMs)
    return { bucket, generation: this.#breaker.begin(nowMs), bucketGeneration }
  }

  /** The head of a good reply came. @param kind undefined: of a request that shows nothing of how fast the upstream is */
  answered({ generation }: Place, kind: ExchangeClass | undefined, firstByteMs: number): void {
    this.#breaker.answered(generation)
    if (kind !== undefined) this.#limit.answered(kind, firstByteMs, this.#inFlight, this.#clock.monotonic())
  }

  giveBack({ bucket, generation, bucketGeneration }: Place, outcome: Outcome): void {
    const nowMs = this.#clock.monotonic()
    if (outcome === 'throttled') this.#limit.throttled(this.#inFlight, nowMs)
    this.#inFlight -= 1
    this.#breaker.ended(upstreamVerdict(outcome, bucket), generation, nowMs)
    if (bucket !== undefined) this.#bucketBreakers.ended(bucket, bucketVerdict(outcome), bucketGeneration, nowMs)
  }
}

function writtenBucket({ effect, bucket }: LeaseWish): string | undefined {
  return effect === 'write' ? bucket : undefined
}

/** A bucket that cannot be written is not held against the upstream as a whole. */
function upstreamVerdict(outcome: Outcome, bucket: string | undefined): Verdict {
  return outcome === 'unavailable' && bucket !== undefined ? 'none' : verdicts[outcome]
}

/** Neither are broken connections held against a bucket. */
function bucketVerdict(outcome: Outcome): Verdict {
  const isOfBucket = outcome === 'ok' || outcome === 'unavailable' || outcome === 'throttled' || outcome === 'timeout'
  return isOfBucket ? verdicts[outcome] : 'none'
}
