import type { ForegroundLoad } from '../core/foreground-load.ts'
import type { Clock } from '../core/runtime.ts'
import { TurnGate } from './turn-gate.ts'

/** How often the load is looked at: gateways report it as often. */
const lookMs = 1_000
/** Below this there is nobody to disturb. */
const requestsPerSMin = 1
/** The 99th percentile may be so much higher than it is without background work, */
const p99Factor = 1.3
/** and when it is not even so much, more can be done. */
const p99FactorGood = 1.15
/** Differences this small are chance. */
const slackMs = 0.5
const shareMin = 0.05
const shareStep = 0.05
const shareCut = 0.6
/** What is known of the time without background work is learnt anew so often, in a pause. */
const learnEveryMs = 20_000
/** A pause is over when so many requests have come in it, or after so many looks. */
const learnRequests = 50
const learnLooksMax = 3
/** A call that hangs must not make a pause endless: after so many looks at which work was still under way, it is over. */
const drainLooksMax = 5
/** After so many looks at the least share with too high a latency, the load itself has changed: it is learnt at once. */
const helplessLooksMax = 5
/** Weight of the newest figure where several are averaged. */
const newest = 0.5

/**
 * - `free`: nobody is to be disturbed.
 * - `learning`: background work stands still, and the latency without it is measured.
 * - `sharing`: background work has a share that keeps the latency near to that.
 */
type State =
  | { readonly kind: 'free' }
  | { readonly kind: 'learning'; looks: number; drainLooks: number; requests: number; p99Sum: number }
  | { readonly kind: 'sharing'; learnAtMs: number; helplessLooks: number }

export interface PacerOptions {
  readonly clock: Clock
  readonly load: () => ForegroundLoad
}

/**
 * Gives background work its share of the machine: all of it while there are no requests; else as much as leaves the 99th
 * percentile of their latency at 1.3 times what it is without background work, and never less than a twentieth. The share
 * grows slowly and is cut quickly, as congestion is controlled on networks.
 */
export class Pacer {
  readonly #options: PacerOptions
  readonly #gate: TurnGate
  readonly #stop: () => void
  #state: State = { kind: 'free' }
  #share = 0.25
  #baselineMs: number | undefined
  #learntMs = Number.NEGATIVE_INFINITY

  constructor(options: PacerOptions) {
    this.#options = options
    this.#gate = new TurnGate(options.clock)
    this.#stop = options.clock.every(lookMs, () => this.#look())
  }

  /** Does a unit of work, some MiB at most, when its turn has come. */
  during<T>(work: () => Promise<T>): Promise<T> {
    return this.#gate.during(work)
  }

  /** Of 1: what background work may take now. */
  get share(): number {
    if (this.#state.kind === 'free') return 1
    return this.#state.kind === 'learning' ? 0 : this.#share
  }

  /** What the 99th percentile is without background work, as far as it is known. */
  get baselineMs(): number | undefined {
    return this.#baselineMs
  }

  /** Nothing waits for its turn any more. */
  close(): void {
    this.#stop()
    this.#gate.open(1)
  }

  #look(): void {
    const load = this.#options.load()
    const hasWorked = this.#gate.takeHasWorked()
    if (load.requestsPerS < requestsPerSMin) this.#state = { kind: 'free' }
    else if (this.#state.kind === 'free') this.#meetForeground()
    else if (!hasWorked) this.#learn(load)
    else if (this.#state.kind === 'sharing') this.#adjust(load, this.#state)
    else this.#drain(this.#state)
    this.#gate.open(this.share)
  }

  #meetForeground(): void {
    const nowMs = this.#options.clock.monotonic()
    if (nowMs - this.#learntMs > learnEveryMs) this.#beginLearning()
    else this.#state = { kind: 'sharing', learnAtMs: this.#learntMs + learnEveryMs, helplessLooks: 0 }
  }

  #beginLearning(): void {
    this.#state = { kind: 'learning', looks: 0, drainLooks: 0, requests: 0, p99Sum: 0 }
  }

  /** Nothing was done in the background since the last look, whether there was nothing to do or because of a pause. */
  #learn({ requestsPerS, p99Ms }: ForegroundLoad): void {
    const nowMs = this.#options.clock.monotonic()
    if (this.#state.kind === 'sharing') {
      this.#setBaseline(p99Ms, nowMs)
      this.#state.learnAtMs = nowMs + learnEveryMs
      return
    }
    if (this.#state.kind !== 'learning') return
    this.#state.looks += 1
    this.#state.requests += requestsPerS * (lookMs / 1000)
    this.#state.p99Sum += p99Ms
    if (this.#state.requests < learnRequests && this.#state.looks < learnLooksMax) return
    this.#setBaseline(this.#state.p99Sum / this.#state.looks, nowMs)
    this.#state = { kind: 'sharing', learnAtMs: nowMs + learnEveryMs, helplessLooks: 0 }
  }

  #drain(state: State & { kind: 'learning' }): void {
    state.drainLooks += 1
    if (state.drainLooks < drainLooksMax) return
    const learnAtMs = this.#options.clock.monotonic() + learnEveryMs
    this.#state = { kind: 'sharing', learnAtMs, helplessLooks: 0 }
  }

  #setBaseline(p99Ms: number, nowMs: number): void {
    const isFresh = nowMs - this.#learntMs < 3 * learnEveryMs
    const before = isFresh ? (this.#baselineMs ?? p99Ms) : p99Ms
    this.#baselineMs = before * (1 - newest) + p99Ms * newest
    this.#learntMs = nowMs
  }

  #adjust({ p99Ms }: ForegroundLoad, state: State & { kind: 'sharing' }): void {
    const baselineMs = this.#baselineMs ?? p99Ms
    const isOver = p99Ms > Math.max(baselineMs * p99Factor, baselineMs + slackMs)
    const isGood = p99Ms < Math.max(baselineMs * p99FactorGood, baselineMs + slackMs / 2)
    state.helplessLooks = isOver && this.#share === shareMin ? state.helplessLooks + 1 : 0
    if (isOver) this.#share = Math.max(shareMin, this.#share * shareCut)
    else if (isGood) this.#share = Math.min(1, this.#share + shareStep)
    const isStale = this.#options.clock.monotonic() >= state.learnAtMs
    if (isStale || state.helplessLooks >= helplessLooksMax) this.#beginLearning()
  }
}
