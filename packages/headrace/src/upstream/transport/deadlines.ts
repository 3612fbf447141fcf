import type { Cancel, Clock } from '../../core/runtime.ts'

/** Something that may take only so long. */
export interface Watched {
  /** On the monotonic clock; infinite while nothing is waited for. Changed by `Deadlines` alone. */
  deadlineMs: number
  /** Called once the deadline has passed; the watched thing then has none any more. */
  overdue(): void
}

/** A timer that is later than this tells that the process itself was held up. */
const latenessMsMax = 100

/**
 * Watches many deadlines with one timer: deadlines change several times a request and hardly ever pass, and a timer for
 * each would cost more than all else that is done for it.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #watched = new Set<Watched>()
  #dueMs = Number.POSITIVE_INFINITY
  #cancel: Cancel | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(watched: Watched): void {
    this.#watched.add(watched)
  }

  remove(watched: Watched): void {
    this.#watched.delete(watched)
  }

  /** From now on, it is overdue then. */
  set(watched: Watched, deadlineMs: number): void {
    watched.deadlineMs = deadlineMs
    if (deadlineMs < this.#dueMs) this.#arm(deadlineMs)
  }

  #arm(dueMs: number): void {
    this.#cancel?.()
    this.#dueMs = dueMs
    this.#cancel = this.#clock.after(Math.max(0, dueMs - this.#clock.monotonic()), () => this.#look())
  }

  #look(): void {
    const nowMs = this.#clock.monotonic()
    const isLate = nowMs - this.#dueMs > latenessMsMax
    this.#dueMs = Number.POSITIVE_INFINITY
    this.#cancel = undefined
    // Whatever came while the process was held up is read before anybody is blamed for not having sent it.
    if (isLate) return this.#arm(nowMs)
    let nextMs = Number.POSITIVE_INFINITY
    for (const watched of this.#watched) {
      if (watched.deadlineMs <= nowMs) {
        watched.deadlineMs = Number.POSITIVE_INFINITY
        watched.overdue()
      } else {
        nextMs = Math.min(nextMs, watched.deadlineMs)
      }
    }
    if (nextMs < this.#dueMs) this.#arm(nextMs)
  }
}
