import { AdminError } from '../../admin/admin-error.ts'
import type { StartedWork } from '../../admin/store-admin.ts'
import type { StoreStatus, Verdict, WorkerStatus } from '../../admin/store-reports.ts'
import type { StoreTool } from './connect.ts'
import { progressLine, progressText } from './show-progress.ts'
import { showVerdict } from './show-status.ts'
import { exitCodes } from './subcommand.ts'

const pollMs = 500
/** Between two lines where they are kept, such as in a log. */
const lineMs = 10_000
/** A server that is restarted is waited for, and for it to take its work up again. */
const patienceMs = 30_000

/** How work went on which a command waited. */
export interface FinishedWork {
  readonly worker: WorkerStatus | null
  readonly status: StoreStatus
}

/**
 * Waits until work is done, and sets the exit status by what the store then is.
 * @param work `null` when there was nothing to do
 */
export async function waitForWork(tool: StoreTool, work: StartedWork | null): Promise<FinishedWork> {
  const worker = work && (await follow(tool, work))
  const status = await patiently(tool, () => tool.store.status({}))
  tool.terminal.setExitCode(exitCodeOf(worker, status.verdict))
  return { worker, status }
}

/** One line on how it ended. */
export function showFinished({ worker, status }: FinishedWork): string {
  if (worker?.state === 'failed') return `Failed: ${worker.note}`
  const note = worker !== null && worker.note !== '' ? `${worker.note}. ` : ''
  return `Done. ${note}${showVerdict(status)}`
}

function exitCodeOf(worker: WorkerStatus | null, verdict: Verdict | null): number {
  if (worker?.state === 'failed') return exitCodes.failed
  if (verdict === 'full') return exitCodes.full
  return verdict === 'lost' ? exitCodes.lost : exitCodes.degraded
}

async function follow(tool: StoreTool, { worker, startedMs }: StartedWork): Promise<WorkerStatus> {
  const { terminal, store, isJson } = tool
  const { clock } = terminal
  let answeredMs = clock.monotonic()
  let nextLineMs = answeredMs
  let failure: unknown
  try {
    for (;;) {
      const status = await store.progress({ worker }).catch((error) => {
        failure = tolerable(error)
        return undefined
      })
      const nowMs = clock.monotonic()
      const isOurs = status !== undefined && status.startedMs !== null && status.startedMs >= startedMs
      if (isOurs) {
        answeredMs = nowMs
        if (status.finishedMs !== null) return status
        if (terminal.isInteractive) terminal.redraw(progressLine(status))
        else if (!isJson && nowMs >= nextLineMs) {
          terminal.note(progressText(status))
          nextLineMs = nowMs + lineMs
        }
      } else if (nowMs - answeredMs > patienceMs) {
        if (status === undefined) throw failure
        throw new Error(`The server does not know of this run of ${worker} any more. Was it restarted? Begin it again.`)
      }
      await clock.sleep(pollMs)
    }
  } finally {
    if (terminal.isInteractive) terminal.redraw('')
  }
}

/** Asks until a server answers, which may have been restarted in between. */
async function patiently<T>({ terminal: { clock } }: StoreTool, ask: () => Promise<T>): Promise<T> {
  const untilMs = clock.monotonic() + patienceMs
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (clock.monotonic() >= untilMs) throw error
      tolerable(error)
    }
    await clock.sleep(pollMs)
  }
}

/**
 * A server that does not answer may come back.
 * @throws what is final: refusals
 */
function tolerable(error: unknown): unknown {
  if (error instanceof AdminError && error.code !== 'Unavailable') throw error
  return error
}
