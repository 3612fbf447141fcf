import type { PlacedRow, RowPlan } from '../mend/plan-row.ts'
import { isActionable } from '../mend/scan-rows.ts'
import type { CensusWidth, Verdict } from './census-report.ts'

/** Lost rows whose objects are looked for. */
const lostMax = 100_000

export interface LostRow {
  readonly readableChunks: number
  readonly k: number
}

/** Counts rows by how many of their chunks can be read. */
export class CensusTally {
  rows = 0
  bytes = 0
  misplacedChunks = 0
  outdatedRows = 0
  lostRows = 0
  /** By id in hexadecimal digits. */
  readonly lost = new Map<string, LostRow>()
  readonly #widths = new Map<string, { -readonly [K in keyof CensusWidth]: CensusWidth[K] }>()
  #healingRows = 0
  #stuckRows = 0

  /** @param plan made with what was found out about the chunks */
  add(dataId: Buffer, { lengthBytes }: PlacedRow, plan: RowPlan): void {
    const { pool, readable } = plan
    this.rows += 1
    this.bytes += lengthBytes
    this.misplacedChunks += plan.misplaced
    if (plan.isOutdated) this.outdatedRows += 1
    const name = `${pool.id} ${readable.length}`
    const width = this.#widths.get(name)
    if (width === undefined) {
      const { id, k, m } = pool
      this.#widths.set(name, { pool: id, k, m, readableChunks: readable.length, rows: 1, bytes: lengthBytes })
    } else {
      width.rows += 1
      width.bytes += lengthBytes
    }
    if (readable.length < pool.k) {
      this.lostRows += 1
      if (this.lost.size < lostMax)
        this.lost.set(dataId.toString('hex'), { readableChunks: readable.length, k: pool.k })
    } else if (plan.isDegraded) {
      if (isActionable(plan)) this.#healingRows += 1
      else this.#stuckRows += 1
    }
  }

  /** Pools by number, and in each the most chunks first. */
  widths(): CensusWidth[] {
    return [...this.#widths.values()].sort((a, b) => a.pool - b.pool || b.readableChunks - a.readableChunks)
  }

  get verdict(): Verdict {
    if (this.lostRows > 0) return 'lost'
    if (this.#healingRows > 0) return 'healing'
    return this.#stuckRows > 0 ? 'degraded: drive missing' : 'full'
  }
}
