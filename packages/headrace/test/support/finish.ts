import type { SimClock } from '../../sim/sim-clock.ts'
import { settled } from './waiting.ts'

/** Nothing takes so long in simulated time. */
const hourMs = 3_600_000

/** Lets simulated time pass until the work is done. */
export async function finish<T>(clock: SimClock, work: Promise<T>): Promise<T> {
  const endMs = clock.monotonic() + hourMs
  let isOver = false
  const end = () => {
    isOver = true
  }
  work.then(end, end)
  for (;;) {
    await settled()
    if (isOver) return await work
    if (!clock.step() || clock.monotonic() > endMs) throw new Error('everything waits for something that never comes')
  }
}
