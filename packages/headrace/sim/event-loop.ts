import type { SimClock } from './sim-clock.ts'

/** Nothing goes on for so long, in simulated time. */
export class StuckError extends Error {}

/** Lets everything go on that can without time passing. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

export interface RunOptions {
  /** Ends the wait before the work is done. */
  readonly stop?: (() => boolean) | undefined
  /** Simulated milliseconds that it may take. */
  readonly limitMs: number
}

/**
 * Lets simulated time pass until the work is done, or until `stop` says so.
 * @throws what the work throws, and StuckError when it takes longer than it may
 */
export async function runUntil(
  clock: SimClock,
  work: Promise<unknown>,
  { stop = () => false, limitMs }: RunOptions,
): Promise<void> {
  const endMs = clock.monotonic() + limitMs
  let outcome: { readonly error?: unknown } | undefined
  work.then(
    () => {
      outcome = {}
    },
    (error) => {
      outcome = { error }
    },
  )
  for (;;) {
    await settle()
    if (outcome !== undefined) break
    if (stop()) return
    if (clock.monotonic() > endMs) throw new StuckError(`it is not over after ${limitMs / 1000} simulated seconds`)
    if (!clock.step()) throw new StuckError('everything waits for something that never comes')
  }
  if ('error' in outcome) throw outcome.error
}
