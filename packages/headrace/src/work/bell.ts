import type { Clock } from '../core/runtime.ts'

/** Wakes who waits for something to do. A ring while nobody waits is kept for the next who does. */
export class Bell {
  #isRung = false
  #wake: (() => void) | undefined

  ring(): void {
    this.#isRung = true
    this.#wake?.()
  }

  /** Resolves at a ring, after so many milliseconds at the latest, or when the signal is aborted. It never rejects. */
  wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel()
        signal.removeEventListener('abort', end)
        this.#wake = undefined
        this.#isRung = false
        resolve()
      }
      const cancel = clock.after(ms, end)
      if (this.#isRung || signal.aborted) return end()
      this.#wake = end
      signal.addEventListener('abort', end, { once: true })
    })
  }
}
