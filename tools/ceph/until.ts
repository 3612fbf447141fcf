import { setTimeout as sleep } from 'node:timers/promises'

const pauseMs = 100

export interface UntilOptions {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/** Asks again and again until the answer is true. An error of `isSo` ends the wait: what means «not yet» answers false. */
export async function until(
  what: string,
  { timeoutMs, signal }: UntilOptions,
  isSo: () => boolean | Promise<boolean>,
): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) throw new Error(`${what}: not within ${timeoutMs / 1000} s`)
    await sleep(pauseMs, undefined, signal && { signal })
  }
}
