import type { Clock } from '../core/runtime.ts'

/** Units that are under way at the same time when background work has nearly everything. */
const unitsMax = 8
/** Time that was not used is kept for no longer than this. */
const creditMs = 100

/**
 * Lets units of work begin so that, over time, a share of them is under way: with less than one at a time on the average,
 * it waits between one and the next. A share of 1 lets everything through.
 */
export class TurnGate {
  readonly #clock: Clock
  readonly #waiting = new Set<() => void>()
  #share = 1
  #running = 0
  /** Milliseconds of units that may be under way; what they take is subtracted when they end. */
  #credit = 0
  #refilledMs: number
  #cancelTimer: (() => void) | undefined
  #hasWorked = false

  constructor(clock: Clock) {
    this.#clock = clock
    this.#refilledMs = clock.monotonic()
  }

  /** @throws the reason of the signal when that is aborted before its turn has come */
  async during<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted()
    if (this.#waiting.size > 0 || !this.#mayBegin()) await this.#turn(signal)
    else this.#running += 1
    const beganMs = this.#clock.monotonic()
    this.#hasWorked = true
    try {
      return await work()
    } finally {
      this.#running -= 1
      this.#refill()
      this.#credit -= this.#clock.monotonic() - beganMs
      this.#admit()
    }
  }

  /** @param share of 1; with 0 nothing begins */
  open(share: number): void {
    this.#refill()
    this.#share = share
    this.#admit()
  }

  /** Whether anything was under way since the last call. */
  takeHasWorked(): boolean {
    const hasWorked = this.#hasWorked || this.#running > 0
    this.#hasWorked = this.#running > 0
    return hasWorked
  }

  #turn(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        signal?.removeEventListener('abort', giveUp)
        resolve()
      }
      const giveUp = () => {
        this.#waiting.delete(begin)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', giveUp, { once: true })
      this.#waiting.add(begin)
      this.#admit()
    })
  }

  #mayBegin(): boolean {
    if (this.#share >= 1) return true
    this.#refill()
    return this.#running < Math.ceil(this.#share * unitsMax) && this.#credit >= 0
  }

  #admit(): void {
    for (const begin of this.#waiting) {
      if (!this.#mayBegin()) break
      this.#running += 1
      this.#waiting.delete(begin)
      begin()
    }
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    if (this.#waiting.size === 0 || this.#share === 0 || this.#credit >= 0) return
    const waitMs = -this.#credit / (this.#share * unitsMax)
    this.#cancelTimer = this.#clock.after(Math.max(1, waitMs), () => this.#admit())
  }

  #refill(): void {
    const nowMs = this.#clock.monotonic()
    const perMs = this.#share * unitsMax
    this.#credit = Math.min(this.#credit + (nowMs - this.#refilledMs) * perMs, creditMs * perMs)
    this.#refilledMs = nowMs
  }
}
