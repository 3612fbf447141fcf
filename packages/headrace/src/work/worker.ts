import type { Runtime } from '../core/runtime.ts'
import { Bell } from './bell.ts'
import type { WorkStatus } from './progress.ts'

/**
 * Background work, done in steps.
 * - A step that fails is logged and tried again later; it must leave nothing half-done.
 * - Work goes on after a restart: what is to do is found in the store, not remembered.
 * - A step is short enough not to be noticed, or it goes by the pacer and ends soon after the signal is aborted.
 */
export interface Worker {
  readonly name: string
  /** How long to wait when there is nothing to do, in milliseconds. */
  readonly idleMs: number
  /** Its steps go by the pacer, and need no rest between them. */
  readonly isPaced?: true
  /** Ends the wait when something to do has come. */
  readonly bell?: Bell
  /** Does a bit. */
  step(signal: AbortSignal): Promise<'more' | 'idle'>
  /** What it does now, or did last; workers whose work nobody asks about have none. */
  status?(): WorkStatus
}

export interface RunningWorkers {
  /** Of each worker, as far as it has one. */
  status(): WorkStatus[]
  stop(): Promise<void>
}

/** Work rests for this many times as long as its steps take, so that it never takes more than a share of the machine. */
const restFactor = 4
const failureMs = 5_000

/** Runs workers side by side until they are stopped. */
export function runWorkers(workers: readonly Worker[], runtime: Runtime): RunningWorkers {
  const abort = new AbortController()
  const failures = new Map<Worker, string>()
  const running = workers.map((worker) => run(worker, runtime, failures, abort.signal))
  return {
    status: () => workers.flatMap((worker) => statusOf(worker, failures.get(worker)) ?? []),
    async stop() {
      abort.abort()
      await Promise.all(running)
    },
  }
}

function statusOf(worker: Worker, failure: string | undefined): WorkStatus | undefined {
  const status = worker.status?.()
  return status && failure !== undefined ? { ...status, state: 'failed', note: failure } : status
}

async function run(
  worker: Worker,
  { clock, events }: Runtime,
  failures: Map<Worker, string>,
  signal: AbortSignal,
): Promise<void> {
  const bell = worker.bell ?? new Bell()
  while (!signal.aborted) {
    const startedMs = clock.monotonic()
    try {
      const outcome = await worker.step(signal)
      failures.delete(worker)
      if (outcome === 'idle') await bell.wait(clock, worker.idleMs, signal)
      else if (!worker.isPaced) await rest((clock.monotonic() - startedMs) * restFactor)
    } catch (error) {
      if (signal.aborted) return
      failures.set(worker, error instanceof Error ? error.message : String(error))
      events.log.error({ err: error, worker: worker.name }, 'a step of background work failed')
      await rest(failureMs)
    }
  }

  async function rest(ms: number): Promise<void> {
    await clock.sleep(ms, signal).catch(() => {})
  }
}
