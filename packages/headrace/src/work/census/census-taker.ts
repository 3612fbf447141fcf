import { Bell } from '../bell.ts'
import { keepState, readState } from '../kept-state.ts'
import { measureRows } from '../measure-rows.ts'
import { Progress, type WorkStatus } from '../progress.ts'
import type { WorkStore } from '../work-store.ts'
import type { Worker } from '../worker.ts'
import type { CensusReport } from './census-report.ts'
import type { Depth, ExamineTools } from './examine-chunk.ts'
import { takeCensus } from './take-census.ts'

const stateName = 'census'
const idleMs = 60_000

export type CensusTools = Omit<ExamineTools, 'sizes'> & { readonly store: WorkStore }

/** Takes a census when somebody asks for one, one at a time, and remembers the last, also over a restart. */
export class CensusTaker implements Worker {
  readonly name = 'census'
  readonly idleMs = idleMs
  readonly isPaced = true
  readonly bell = new Bell()
  readonly #tools: CensusTools
  readonly #progress: Progress
  #last: CensusReport | undefined
  #asked: Depth | undefined
  #underWay: Promise<CensusReport> | undefined

  constructor(tools: CensusTools) {
    this.#tools = tools
    this.#progress = new Progress(this.name, tools.store.runtime.clock)
    this.#last = readState(tools.store, stateName, (value) => value as CensusReport)
  }

  /** The last that ended; undefined before the first. */
  get last(): CensusReport | undefined {
    return this.#last
  }

  /** Has one taken soon. @returns when it began */
  start(depth: Depth = 'light'): number {
    if (this.#progress.isUnderWay) return this.#progress.startedMs
    this.#asked = depth
    this.bell.ring()
    return this.#progress.begin('about to begin')
  }

  async step(signal: AbortSignal): Promise<'idle'> {
    if (this.#asked !== undefined) await this.take(this.#asked, signal)
    return 'idle'
  }

  /** Takes one now; when one is under way, another after it, since that may have passed what changed since. */
  async take(depth: Depth, signal: AbortSignal): Promise<CensusReport> {
    while (this.#underWay !== undefined) await this.#underWay.catch(() => {})
    this.#underWay = this.#take(depth, signal)
    try {
      return await this.#underWay
    } finally {
      this.#underWay = undefined
    }
  }

  status(): WorkStatus {
    return this.#progress.status()
  }

  async #take(depth: Depth, signal: AbortSignal): Promise<CensusReport> {
    const { store } = this.#tools
    const progress = this.#progress
    const startedMs = this.#asked !== undefined && progress.isUnderWay ? progress.startedMs : progress.begin('counting')
    this.#asked = undefined
    try {
      const { dataBytes, chunkBytes } = await measureRows(store, signal)
      progress.expect(depth === 'deep' ? chunkBytes : dataBytes)
      progress.note(depth === 'deep' ? 'reading every chunk' : 'looking at every chunk')
      const report = await takeCensus(
        { tools: this.#tools, depth, startedMs, progressed: (n) => progress.add(n) },
        signal,
      )
      await keepState(store, stateName, report)
      this.#last = report
      progress.finish(report.verdict)
      return report
    } catch (error) {
      progress.finish(signal.aborted ? 'called off' : String(error))
      throw error
    }
  }
}
