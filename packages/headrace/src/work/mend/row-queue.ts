import { urgencies } from './plan-row.ts'

/** Ids that are remembered; when there is more to do, it is found by the next scan. */
const idsMax = 200_000

/** Rows that something is to be done for, the most urgent first, each urgency in the order in which they were found. */
export class RowQueue {
  readonly #levels: Buffer[][] = Array.from({ length: urgencies.count }, () => [])
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
      const least = this.#levels.findLastIndex((ids) => ids.length > 0)
      if (least <= urgency) return
      this.#levels[least]?.pop()
      this.#size -= 1
    }
    this.#levels[urgency]?.push(dataId)
    this.#size += 1
  }

  /** Takes some of the most urgent out. */
  take(count: number): Buffer[] {
    const taken: Buffer[] = []
    for (const ids of this.#levels) {
      if (taken.length === count) break
      taken.push(...ids.splice(0, count - taken.length))
    }
    this.#size -= taken.length
    return taken
  }
}
