import { urgencies } from './plan-row.ts'

/** Ids that are remembered; when there is more to do, it is found by the next scan. */
const idsMax = 200_000

/** Ids of one urgency; the first of them were taken out. */
interface Level {
  readonly ids: Buffer[]
  taken: number
}

/** Rows that something is to be done for, the most urgent first, each urgency in the order in which they were found. */
export class RowQueue {
  readonly #levels = Array.from({ length: urgencies.count }, (): Level => ({ ids: [], taken: 0 }))
  #size = 0
  #isCut = false

  get size(): number {
    return this.#size
  }

  /** Whether some were not remembered, or were forgotten for more urgent ones. */
  get isCut(): boolean {
    return this.#isCut
  }

  add(dataId: Buffer, urgency: number): void {
    if (this.#size >= idsMax) {
      this.#isCut = true
      const least = this.#levels.findLastIndex(({ ids, taken }) => ids.length > taken)
      if (least <= urgency) return
      this.#levels[least]?.ids.pop()
      this.#size -= 1
    }
    this.#levels[urgency]?.ids.push(dataId)
    this.#size += 1
  }

  /** Takes the most urgent out. */
  take(): Buffer | undefined {
    const level = this.#levels.find(({ ids, taken }) => ids.length > taken)
    const dataId = level?.ids[level.taken]
    if (level === undefined || dataId === undefined) return undefined
    this.#size -= 1
    level.taken += 1
    if (level.taken === level.ids.length) {
      level.ids.length = 0
      level.taken = 0
    }
    return dataId
  }
}
