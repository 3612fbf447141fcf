import type { Cancel, Clock, Random } from '../../../core/runtime.ts'

export interface CheckerOptions {
  readonly clock: Clock
  readonly random: Pick<Random, 'next'>
  readonly intervalMs: number
  /** The interval while the upstream is away. */
  readonly awayIntervalMs: number
  readonly jitterShare: number
  readonly isAway: () => boolean
  /** Runs one check to its end. It does not reject. */
  readonly run: () => Promise<void>
}

/** Runs checks one after the other: now and then, and at once when somebody has a suspicion. */
export class Checker {
  readonly #options: CheckerOptions
  #next: Cancel = () => {}
  #isRunning = false
  #isClosed = false

  constructor(options: CheckerOptions) {
    this.#options = options
    this.checkNow()
  }

  /** Does nothing while a check is under way. */
  checkNow(): void {
    if (this.#isRunning || this.#isClosed) return
    this.#isRunning = true
    this.#next()
    this.#options.run().then(() => {
      this.#isRunning = false
      if (!this.#isClosed) this.#schedule()
    })
  }

  close(): void {
    this.#isClosed = true
    this.#next()
  }

  #schedule(): void {
    const { clock, random, intervalMs, awayIntervalMs, jitterShare, isAway } = this.#options
    const jitter = 1 + jitterShare * (2 * random.next() - 1)
    this.#next = clock.after((isAway() ? awayIntervalMs : intervalMs) * jitter, () => this.checkNow())
  }
}
