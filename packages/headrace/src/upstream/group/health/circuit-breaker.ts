import type { Random } from '../../../core/runtime.ts'
import type { Verdict } from '../figures/outcome.ts'
import { RecentOutcomes } from '../figures/recent-outcomes.ts'

export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly consecutiveErrors: number
  readonly windowMs: number
  /** Of so many attempts in the window … */
  readonly requestsMin: number
  /** … so many must have failed to open it. */
  readonly failedShare: number
  readonly openMs: number
  readonly openMsMax: number
  readonly jitterShare: number
}

export interface BreakerSurroundings {
  readonly random: Pick<Random, 'next'>
  readonly changed: (from: BreakerState, to: BreakerState) => void
}

export type BreakerState = 'closed' | 'open' | 'half-open'

type State =
  | { readonly state: 'closed' }
  | { readonly state: 'open'; readonly untilMs: number; readonly openMs: number }
  /** `nextProbeMs`: when another single attempt may pass, should the one before be under way for long. */
  | { readonly state: 'half-open'; nextProbeMs: number; readonly openMs: number }

/**
 * Lets nothing pass when attempts fail one after the other, or nearly all of them. After some time single ones pass, one
 * at a time: the first that comes through closes it, and one that fails opens it for twice as long.
 * - Whoever wants to attempt asks `lets`, and calls `begin` when it does; exactly one of the others follows.
 * - An attempt that began before the state has changed does not change it: it tells of what was.
 */
export class CircuitBreaker {
  readonly #options: BreakerOptions
  readonly #random: Pick<Random, 'next'>
  readonly #changed: (from: BreakerState, to: BreakerState) => void
  readonly #recent: RecentOutcomes
  #state: State = { state: 'closed' }
  /** Grows with each change of the state. */
  #generation = 0
  #consecutive = 0

  constructor({ random, changed, ...options }: BreakerOptions & BreakerSurroundings) {
    this.#options = options
    this.#random = random
    this.#changed = changed
    this.#recent = new RecentOutcomes(options.windowMs)
  }

  get state(): BreakerState {
    return this.#state.state
  }

  /** Nothing has failed since it was last closed. */
  get isSpotless(): boolean {
    return this.#state.state === 'closed' && this.#consecutive === 0
  }

  /** Whether an attempt may pass. */
  lets(nowMs: number): boolean {
    if (this.#state.state === 'closed') return true
    return nowMs >= (this.#state.state === 'open' ? this.#state.untilMs : this.#state.nextProbeMs)
  }

  /** An attempt passes. @returns what it has to show when it is over */
  begin(nowMs: number): number {
    if (this.#state.state === 'open') {
      this.#become({ state: 'half-open', nextProbeMs: nowMs + this.#state.openMs, openMs: this.#state.openMs })
    } else if (this.#state.state === 'half-open') this.#state.nextProbeMs = nowMs + this.#state.openMs
    return this.#generation
  }

  /** The head of a good reply came: that is enough to close it. How the attempt ends is told by `ended`. */
  answered(generation: number): void {
    if (generation === this.#generation && this.#state.state === 'half-open') this.#become({ state: 'closed' })
  }

  ended(verdict: Verdict, generation: number, nowMs: number): void {
    if (generation !== this.#generation) return
    if (this.#state.state === 'half-open') {
      if (verdict === 'failed') this.#open(Math.min(this.#state.openMs * 2, this.#options.openMsMax), nowMs)
      else if (verdict === 'none') this.#state.nextProbeMs = nowMs
      else this.#become({ state: 'closed' })
      return
    }
    this.#recent.record(verdict, nowMs)
    if (verdict === 'failed') this.#consecutive += 1
    else if (verdict !== 'none') this.#consecutive = 0
    if (verdict === 'failed' && this.#isTooMuch(nowMs)) this.#open(this.#options.openMs, nowMs)
  }

  #isTooMuch(nowMs: number): boolean {
    const { consecutiveErrors, requestsMin, failedShare } = this.#options
    if (this.#consecutive >= consecutiveErrors) return true
    const { total, failed } = this.#recent.counts(nowMs)
    return total >= requestsMin && failed >= total * failedShare
  }

  #open(openMs: number, nowMs: number): void {
    const jitter = 1 + this.#options.jitterShare * (2 * this.#random.next() - 1)
    this.#become({ state: 'open', untilMs: nowMs + openMs * jitter, openMs })
  }

  #become(state: State): void {
    const from = this.#state.state
    this.#state = state
    this.#generation += 1
    this.#consecutive = 0
    this.#recent.reset()
    this.#changed(from, state.state)
  }
}
