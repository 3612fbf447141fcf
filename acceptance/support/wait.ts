import { setTimeout as sleep } from 'node:timers/promises'

/** Between two questions. */
const defaultPauseMs = 50

/** Asks again and again until the answer is true. */
export async function until(
  what: string,
  timeoutMs: number,
  isSo: () => boolean | Promise<boolean>,
  pauseMs = defaultPauseMs,
): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`)
    await sleep(pauseMs)
  }
}
