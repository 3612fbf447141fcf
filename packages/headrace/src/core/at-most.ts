import type { Clock } from './runtime.ts'

/** Waits for work, but no longer than so many milliseconds: it then goes on by itself. What becomes of it is not told. */
export function atMost(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve)
    const end = () => {
      cancel()
      resolve()
    }
    work.then(end, end)
  })
}
