import type { Cancel, Clock } from '../src/core/runtime.ts'

interface Timer {
  readonly atMs: number
  readonly order: number
  readonly action: () => void
  isCancelled: boolean
}

/** Wall time at which every simulation begins. */
const epochMs = Date.UTC(2026, 0, 1)

/** A clock that stands still until it is told to go on, and then goes straight to the next timer. */
export class SimClock implements Clock {
  #nowMs = 0
  #order = 0
  /** A heap: no timer is due before the one at half its place. */
  #timers: Timer[] = []

  now(): number {
    return epochMs + Math.floor(this.#nowMs)
  }

  monotonic(): number {
    return this.#nowMs
  }

  after(ms: number, action: () => void): Cancel {
    const timer: Timer = { atMs: this.#nowMs + ms, order: this.#order, action, isCancelled: false }
    this.#order += 1
    this.#push(timer)
    return () => {
      timer.isCancelled = true
    }
  }

  every(ms: number, action: () => void): Cancel {
    let cancel = () => {}
    const again = () => {
      cancel = this.after(ms, () => {
        again()
        action()
      })
    }
    again()
    return () => cancel()
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const abort = () => {
        cancel()
        reject(signal?.reason)
      }
      const cancel = this.after(ms, () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      })
      signal?.addEventListener('abort', abort)
    })
  }

  /** Goes to the next timer and sets it off. @returns false when there is none, or none until `untilMs` */
  step(untilMs = Number.POSITIVE_INFINITY): boolean {
    while (this.#timers[0]?.isCancelled) this.#pop()
    const [next] = this.#timers
    if (next === undefined || next.atMs > untilMs) return false
    this.#pop()
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
    this.#timers = []
  }

  #push(timer: Timer): void {
    const timers = this.#timers
    let at = timers.length
    for (; at > 0; at = (at - 1) >> 1) {
      const above = timers[(at - 1) >> 1] as Timer
      if (!isBefore(timer, above)) break
      timers[at] = above
    }
    timers[at] = timer
  }

  #pop(): void {
    const timers = this.#timers
    const last = timers.pop() as Timer
    if (timers.length === 0) return
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below + 1 < timers.length && isBefore(timers[below + 1] as Timer, timers[below] as Timer)) below += 1
      if (below >= timers.length || !isBefore(timers[below] as Timer, last)) break
      timers[at] = timers[below] as Timer
      at = below
    }
    timers[at] = last
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order)
}
