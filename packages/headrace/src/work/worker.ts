import type { Runtime } from '../core/runtime.ts'

/**
 * Background work, done in steps that are short enough not to be noticed.
 * - A step that fails is logged and tried again later; it must leave nothing half-done.
 * - Work goes on after a restart: what is to do is found in the store, not remembered.
 */
export interface Worker {
  readonly name: string
  /** How long to wait when there is nothing to do, in milliseconds. */
  readonly idleMs: number
  /** Does a bit. */
  step(): Promise<'more' | 'idle'>
}

/** Work rests for this many times as long as its steps take, so that it never takes more than a share of the machine. */
const restFactor = 4
const failureMs = 5_000

/** Runs workers side by side until they are stopped. */
export function runWorkers(workers: readonly Worker[], runtime: Runtime): { stop(): Promise<void> } {
  const abort = new AbortController()
  const running = workers.map((worker) => run(worker, runtime, abort.signal))
  return {
    async stop() {
      abort.abort()
      await Promise.all(running)
    },
  }
}

async function run(worker: Worker, { clock, events }: Runtime, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const startedMs = clock.monotonic()
    let waitMs = failureMs
    try {
      const outcome = await worker.step()
      waitMs = outcome === 'idle' ? worker.idleMs : (clock.monotonic() - startedMs) * restFactor
    } catch (error) {
      events.log.error({ err: error, worker: worker.name }, 'a step of background work failed')
    }
    await clock.sleep(waitMs, signal).catch(() => {})
  }
}
