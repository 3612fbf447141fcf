import type { Cancel, Clock } from '../src/core/runtime.ts'

interface Timer {
  readonly atMs: number
  readonly order: number
  readonly action: () => void
}

/** Wall time at which every simulation begins. */
const epochMs = Date.UTC(2026, 0, 1)

/** A clock that stands still until it is told to go on, and then goes straight to the next timer. */
export class SimClock implements Clock {
  #nowMs = 0
  #order = 0
  readonly #timers: Timer[] = []

  now(): number {
    return epochMs + Math.floor(this.#nowMs)
  }

  monotonic(): number {
    return this.#nowMs
  }

  after(ms: number, action: () => void): Cancel {
    const timer: Timer = { atMs: this.#nowMs + ms, order: this.#order, action }
    this.#order += 1
    this.#timers.push(timer)
    return () => {
      const place = this.#timers.indexOf(timer)
      if (place >= 0) this.#timers.splice(place, 1)
    }
  }

  every(ms: number, action: () => void): Cancel {
    let cancel = () => {}
    const again = () => {
      cancel = this.after(ms, () => {
        action()
        again()
      })
    }
    again()
    return () => cancel()
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const cancel = this.after(ms, resolve)
      signal?.addEventListener('abort', () => {
        cancel()
        reject(signal.reason)
      })
    })
  }

  /** Goes to the next timer and sets it off. @returns false when there is none, or none until `untilMs` */
  step(untilMs = Number.POSITIVE_INFINITY): boolean {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      if (next === undefined || timer.atMs < next.atMs || (timer.atMs === next.atMs && timer.order < next.order))
        next = timer
    }
    if (next === undefined || next.atMs > untilMs) return false
    this.#timers.splice(this.#timers.indexOf(next), 1)
    this.#nowMs = next.atMs
    next.action()
    return true
  }

  /** Lets so much time pass, and sets off what is due in it. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms
    while (this.step(untilMs));
    this.#nowMs = untilMs
  }

  /** The machine goes down: nobody is waited for any more. */
  forgetTimers(): void {
    this.#timers.length = 0
  }
}
