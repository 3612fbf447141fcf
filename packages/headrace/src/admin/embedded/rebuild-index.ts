import { keepState, readState } from '../../work/kept-state.ts'
import type { WorkStore } from '../../work/work-store.ts'
import type { StartedWork } from '../store-admin.ts'
import type { WorkerStatus } from '../store-reports.ts'

const name = 'rebuild-index'
/** The reply should be on its way before the process may end. */
const replyMs = 200

interface Run {
  readonly startedMs: number
  readonly finishedMs: number | null
}

/**
 * Has the indexes made anew when an operator asks for it. The process may end for it, and the next make them when it
 * opens the store: so a run is kept in the store before it begins, and one that is not over when the store has been
 * opened is over by that.
 */
export class RebuildIndex {
  readonly #store: WorkStore
  readonly #rebuild: () => Promise<void>
  #run: Run | undefined
  #failure: string | undefined

  /** @param rebuild resolves when the indexes are made anew, or has the process end */
  constructor(store: WorkStore, rebuild: () => Promise<void>) {
    this.#store = store
    this.#rebuild = rebuild
    const kept = readState(store, name, (value) => value as Run)
    this.#run = kept && { ...kept, finishedMs: kept.finishedMs ?? store.runtime.clock.now() }
  }

  /** Begins, unless a run is under way. */
  async start(): Promise<StartedWork> {
    const { clock, events } = this.#store.runtime
    if (this.#run === undefined || this.#run.finishedMs !== null) {
      const startedMs = Math.max(clock.now(), (this.#run?.startedMs ?? 0) + 1)
      this.#run = { startedMs, finishedMs: null }
      this.#failure = undefined
      try {
        await keepState(this.#store, name, this.#run)
      } catch (error) {
        this.#end(String(error))
        throw error
      }
      clock.after(replyMs, () => {
        this.#do().catch((error) => events.log.error({ err: error }, 'the indexes could not be made anew'))
      })
    }
    return { worker: name, startedMs: this.#run.startedMs }
  }

  status(): WorkerStatus {
    const { startedMs = null, finishedMs = null } = this.#run ?? {}
    const isUnderWay = startedMs !== null && finishedMs === null
    const state = isUnderWay ? 'working' : this.#failure === undefined ? 'idle' : 'failed'
    const note = isUnderWay ? 'making the indexes anew from snapshot and journal' : (this.#failure ?? '')
    return { name, state, startedMs, finishedMs, doneBytes: 0, totalBytes: null, rateBytesPerS: 0, etaMs: null, note }
  }

  async #do(): Promise<void> {
    try {
      await this.#rebuild()
      this.#end(undefined)
      await keepState(this.#store, name, this.#run)
    } catch (error) {
      this.#end(error instanceof Error ? error.message : String(error))
      throw error
    }
  }

  #end(failure: string | undefined): void {
    const startedMs = this.#run?.startedMs ?? 0
    this.#failure = failure
    this.#run = { startedMs, finishedMs: Math.max(this.#store.runtime.clock.now(), startedMs) }
  }
}
