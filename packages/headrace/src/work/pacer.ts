import type { ForegroundLoad } from '../core/foreground-load.ts'
import type { Clock } from '../core/runtime.ts'
import { type Latency, LatencyBaseline } from './latency-baseline.ts'
import { TurnGate } from './turn-gate.ts'

/** How often the load is looked at: gateways report it as often. */
const lookMs = 1_000
/** Below this there is nobody to disturb. */
const requestsPerSMin = 1
/** A share begins with this: what harms is found out at small cost. */
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
/**
 * - `free`: nobody is to be disturbed.
 * - `learning`: background work stands still, and the latency without it is measured.
 * - `sharing`: background work has a share that keeps the latency near to that.
 */
type State =
  | { readonly kind: 'free' }
  | { readonly kind: 'learning'; readonly looks: Latency[]; drainLooks: number; requests: number }
  | { readonly kind: 'sharing'; learnAtMs: number; helplessLooks: number }

export interface PacerOptions {
  readonly clock: Clock
  readonly load: () => ForegroundLoad
}

/**
 * Gives background work its share of the machine: all of it while there are no requests; else as much as leaves their
 * latency near to what it is without background work (see `LatencyBaseline`), and never less than a twentieth. The share
 * begins small, grows slowly and is cut quickly, as congestion is controlled on networks.
 */
export class Pacer {
  readonly #options: PacerOptions
  readonly #gate: TurnGate
  readonly #stop: () => void
  #state: State = { kind: 'free' }
  readonly #baseline = new LatencyBaseline()
  #share = shareMin

  constructor(options: PacerOptions) {
    this.#options = options
    this.#gate = new TurnGate(options.clock)
    this.#stop = options.clock.every(lookMs, () => this.#look())
  }

  /**
   * Does a unit of work, some MiB at most, when its turn has come.
   * @throws the reason of the signal when that is aborted before
   */
  during<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#gate.during(work, signal)
  }

  /** Of 1: what background work may take now. */
  get share(): number {
    if (this.#state.kind === 'free') return 1
    return this.#state.kind === 'learning' ? 0 : this.#share
  }

  /** What the 99th percentile is without background work, as far as it is known. */
  get baselineMs(): number | undefined {
    return this.#baseline.p99Ms
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
    const { learntMs } = this.#baseline
    this.#share = shareMin
    if (nowMs - learntMs > learnEveryMs) this.#beginLearning()
    else this.#state = { kind: 'sharing', learnAtMs: learntMs + learnEveryMs, helplessLooks: 0 }
  }

  #beginLearning(): void {
    this.#state = { kind: 'learning', looks: [], drainLooks: 0, requests: 0 }
  }

  /** Nothing was done in the background since the last look, whether there was nothing to do or because of a pause. */
  #learn(load: ForegroundLoad): void {
    const nowMs = this.#options.clock.monotonic()
    if (this.#state.kind === 'sharing') {
      this.#baseline.learn([load], nowMs)
      // What comes next may be of another kind.
      this.#share = shareMin
      this.#state.learnAtMs = nowMs + learnEveryMs
      return
    }
    if (this.#state.kind !== 'learning') return
    const { looks } = this.#state
    looks.push(load)
    this.#state.requests += load.requestsPerS * (lookMs / 1000)
    if (this.#state.requests < learnRequests && looks.length < learnLooksMax) return
    this.#baseline.learn(looks, nowMs)
    this.#state = { kind: 'sharing', learnAtMs: nowMs + learnEveryMs, helplessLooks: 0 }
  }

  #drain(state: State & { kind: 'learning' }): void {
    state.drainLooks += 1
    if (state.drainLooks < drainLooksMax) return
    const learnAtMs = this.#options.clock.monotonic() + learnEveryMs
    this.#state = { kind: 'sharing', learnAtMs, helplessLooks: 0 }
  }

  #adjust(load: ForegroundLoad, state: State & { kind: 'sharing' }): void {
    const verdict = this.#baseline.judge(load)
    state.helplessLooks = verdict === 'over' && this.#share === shareMin ? state.helplessLooks + 1 : 0
    if (verdict === 'over') this.#share = Math.max(shareMin, this.#share * shareCut)
    else if (verdict === 'good') this.#share = Math.min(1, this.#share + shareStep)
    const isStale = this.#options.clock.monotonic() >= state.learnAtMs
    if (isStale || state.helplessLooks >= helplessLooksMax) this.#beginLearning()
  }
}
