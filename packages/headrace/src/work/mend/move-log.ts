import { keepState, readState } from '../kept-state.ts'
import type { WorkStore } from '../work-store.ts'
import type { MoveFigures, MoveTotals } from './move-figures.ts'

const stateName = 'move'
/** What was moved since it was last kept is lost when the process is killed: no more than this. */
const keepEveryMs = 10_000

/** A move of chunks to where the map wants them, beside what was said before it. */
export interface MoveReport {
  /** Such as `add drive 6`. */
  readonly reason: string
  readonly startedMs: number
  readonly finishedMs: number | null
  readonly predictedBytes: number
  readonly movedBytes: number
  /** No placement could have moved less. */
  readonly minimumBytes: number
  /** Written anew because the profile changed; not among those moved. */
  readonly reencodeBytes: number
  readonly reencodedBytes: number
}

export type PredictedMove = Pick<MoveReport, 'reason' | 'predictedBytes' | 'minimumBytes' | 'reencodeBytes'>

/** The last move of chunks that an operator has caused: what was predicted, and what it came to. It outlives restarts. */
export class MoveLog {
  readonly #store: WorkStore
  readonly #figures: MoveFigures
  readonly #stop: () => void
  #report: MoveReport | undefined
  /** What the figures were when the bytes of the report were last brought up to date. */
  #counted: MoveTotals
  #keptBytes = 0

  constructor(store: WorkStore, figures: MoveFigures) {
    this.#store = store
    this.#figures = figures
    this.#counted = figures.totals()
    this.#report = readState(store, stateName, (value) => value as MoveReport)
    this.#stop = store.runtime.clock.every(keepEveryMs, () => this.#keepIfGrown())
  }

  get last(): MoveReport | undefined {
    this.#count()
    return this.#report
  }

  /** A change of the map is about to cause a move. */
  async begin(prediction: PredictedMove): Promise<void> {
    this.#counted = this.#figures.totals()
    const startedMs = this.#store.runtime.clock.now()
    this.#report = { ...prediction, startedMs, finishedMs: null, movedBytes: 0, reencodedBytes: 0 }
    await this.#keep()
  }

  /** Everything is where it belongs. */
  async finish(): Promise<void> {
    this.#count()
    if (this.#report === undefined || this.#report.finishedMs !== null) return
    this.#report = { ...this.#report, finishedMs: this.#store.runtime.clock.now() }
    await this.#keep()
  }

  close(): void {
    this.#stop()
  }

  #count(): void {
    const now = this.#figures.totals()
    const before = this.#counted
    this.#counted = now
    if (this.#report === undefined || this.#report.finishedMs !== null) return
    this.#report = {
      ...this.#report,
      movedBytes: this.#report.movedBytes + now.movedBytes - before.movedBytes,
      reencodedBytes: this.#report.reencodedBytes + now.reencodedBytes - before.reencodedBytes,
    }
  }

  #keepIfGrown(): void {
    this.#count()
    const { movedBytes = 0, reencodedBytes = 0, finishedMs = null } = this.#report ?? {}
    if (finishedMs === null && movedBytes + reencodedBytes > this.#keptBytes) this.#keep().catch(() => {})
  }

  async #keep(): Promise<void> {
    const { movedBytes = 0, reencodedBytes = 0 } = this.#report ?? {}
    this.#keptBytes = movedBytes + reencodedBytes
    await keepState(this.#store, stateName, this.#report)
  }
}
