import type { Clock } from '../../../core/runtime.ts'
import type { UpstreamState } from '../group-events.ts'
import type { GroupOptions } from '../options.ts'
import { CheckState } from './check-state.ts'
import { Ejection } from './ejection.ts'

export interface StandingOptions extends Pick<GroupOptions, 'check' | 'outlier' | 'selection'> {
  readonly clock: Clock
  /** Without active checks, time alone ends an ejection. */
  readonly isChecked: boolean
  /** It joins others that are at work already, and so begins slowly. */
  readonly isLate: boolean
  readonly changed: (from: UpstreamState | undefined, to: UpstreamState | undefined, reason: string | undefined) => void
}

/** Whether one upstream may be used, from what checks say and the group decides. */
export class Standing {
  readonly #options: StandingOptions
  readonly #checks: CheckState
  readonly #ejection: Ejection
  #checkProblem: string | undefined
  #isDraining = false
  #isGone = false
  #state: UpstreamState | undefined
  #returnedMs: number
  #changedMs = Number.NEGATIVE_INFINITY

  constructor(options: StandingOptions) {
    this.#options = options
    this.#checks = new CheckState(options.check)
    this.#ejection = new Ejection(options.outlier)
    this.#returnedMs = options.isLate ? options.clock.monotonic() : Number.NEGATIVE_INFINITY
    this.settle()
  }

  /** Undefined when it is gone. */
  get state(): UpstreamState | undefined {
    return this.#state
  }

  /** Why it is not up. */
  get reason(): string | undefined {
    return this.#checks.isDown ? this.#checkProblem : this.#ejection.reason
  }

  get isUsable(): boolean {
    return this.#state === 'up' || this.#state === 'returning'
  }

  get isDraining(): boolean {
    return this.#isDraining
  }

  /** How often it was ejected, ever. */
  get ejections(): number {
    return this.#ejection.total
  }

  /** Of the monotonic clock: when it was last ejected, or came back. What began before says nothing of how it is now. */
  get changedMs(): number {
    return this.#changedMs
  }

  /** Of its full share of requests: less while it returns. */
  share(): number {
    const { slowStartMs, slowStartShare } = this.#options.selection
    const sinceMs = this.#options.clock.monotonic() - this.#returnedMs
    return Math.min(1, slowStartShare + ((1 - slowStartShare) * sinceMs) / slowStartMs)
  }

  /** @param problem undefined: the check that was sent then has passed @returns whether it came back by this */
  checked(problem: string | undefined, sentMs: number): boolean {
    this.#checkProblem = problem
    if (problem === undefined) this.#checks.passed(sentMs)
    else this.#checks.failed()
    return this.settle()
  }

  /** @returns for how many milliseconds, at least */
  eject(reason: string): number {
    this.#changedMs = this.#options.clock.monotonic()
    const durationMs = this.#ejection.eject(reason, this.#changedMs)
    this.settle()
    return durationMs
  }

  /** Discovery names it no more, or again. */
  drain(isDraining: boolean): void {
    this.#isDraining = isDraining
    this.settle()
  }

  /** It is gone: nothing changes any more. */
  leave(): void {
    this.#isGone = true
    this.#become(undefined)
  }

  /** Ends what is over. @returns whether it came back by this */
  settle(): boolean {
    if (this.#isGone) return false
    const nowMs = this.#options.clock.monotonic()
    const wasAway = this.#state === 'down' || this.#state === 'ejected'
    this.#ejection.endWhenDue(nowMs, this.#options.isChecked ? this.#checks.lastPassMs : nowMs)
    const isBack = wasAway && !this.#checks.isDown && this.#ejection.reason === undefined
    if (isBack) {
      this.#changedMs = nowMs
      this.#returnedMs = nowMs
    }
    this.#become(this.#stateAt(nowMs))
    return isBack
  }

  #stateAt(nowMs: number): UpstreamState {
    if (this.#isDraining) return 'draining'
    if (this.#checks.isDown) return 'down'
    if (this.#ejection.reason !== undefined) return 'ejected'
    return nowMs < this.#returnedMs + this.#options.selection.slowStartMs ? 'returning' : 'up'
  }

  #become(to: UpstreamState | undefined): void {
    const from = this.#state
    if (from === to) return
    this.#state = to
    this.#options.changed(from, to, this.reason)
  }
}
