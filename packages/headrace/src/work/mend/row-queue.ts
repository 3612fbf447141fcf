import { urgencies } from './plan-row.ts'

/** Ids that are remembered; when there is more to do, it is found by the next scan. */
const idsMax = 200_000

/** Ids of one urgency, each with the memory that its row takes; the first of them were taken out. */
interface Level {
  readonly ids: Buffer[]
  readonly bytes: number[]
  taken: number
}

/** What is taken at once. */
export interface TakeLimits {
  readonly rowsMax: number
  /** Of memory; one row is taken however much it needs. */
  readonly bytesMax: number
}

/** Rows that something is to be done for, the most urgent first, each urgency in the order in which they were found. */
export class RowQueue {
  readonly #levels = Array.from({ length: urgencies.count }, (): Level => ({ ids: [], bytes: [], taken: 0 }))
  #size = 0
  #takenBytes = 0
  #isCut = false

  get size(): number {
    return this.#size
  }

  /** Memory that those that were taken out need, all together. */
  get takenBytes(): number {
    return this.#takenBytes
  }

  /** Whether some were not remembered, or were forgotten for more urgent ones. */
  get isCut(): boolean {
    return this.#isCut
  }

  /** @param bytes of memory that are needed to mend it */
  add(dataId: Buffer, urgency: number, bytes: number): void {
    if (this.#size >= idsMax) {
      this.#isCut = true
      const least = this.#levels.findLastIndex(({ ids, taken }) => ids.length > taken)
      if (least <= urgency) return
      this.#levels[least]?.ids.pop()
      this.#levels[least]?.bytes.pop()
      this.#size -= 1
    }
    this.#levels[urgency]?.ids.push(dataId)
    this.#levels[urgency]?.bytes.push(bytes)
    this.#size += 1
  }

  /** Takes the most urgent out, and those that come right after it, as far as they are as urgent. */
  take({ rowsMax, bytesMax }: TakeLimits): readonly Buffer[] {
    const level = this.#levels.find(({ ids, taken }) => ids.length > taken)
    if (level === undefined) return []
    const begin = level.taken
    let bytes = 0
    do {
      bytes += level.bytes[level.taken] as number
      level.taken += 1
    } while (
      level.taken < level.ids.length &&
      level.taken - begin < rowsMax &&
      bytes + (level.bytes[level.taken] as number) <= bytesMax
    )
    const taken = level.ids.slice(begin, level.taken)
    this.#size -= taken.length
    this.#takenBytes += bytes
    if (level.taken === level.ids.length) {
      level.ids.length = 0
      level.bytes.length = 0
      level.taken = 0
    }
    return taken
  }
}
