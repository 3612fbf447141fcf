import { type DatabaseName, databases } from '../src/store/embedded/index/databases.ts'
import type { Index, IndexItem, IndexWrite, ScanRange } from '../src/store/embedded/index/index.ts'

/** An index in memory, which a power cut takes away: the journal has to bring everything back. */
export class MemoryIndex implements Index {
  readonly #databases = new Map<DatabaseName, IndexItem[]>(databases.map((name) => [name, []]))

  refresh(): void {}

  get(database: DatabaseName, key: Buffer): Buffer | undefined {
    const items = this.#items(database)
    const item = items[place(items, key)]
    return item?.key.equals(key) ? item.value : undefined
  }

  *scan(database: DatabaseName, { from, to, limit = Number.POSITIVE_INFINITY }: ScanRange): Generator<IndexItem> {
    const items = this.#items(database)
    for (let at = place(items, from), given = 0; at < items.length && given < limit; at += 1, given += 1) {
      const item = items[at] as IndexItem
      if (to !== undefined && Buffer.compare(item.key, to) >= 0) return
      yield item
    }
  }

  apply(writes: readonly IndexWrite[]): void {
    for (const { database, key, value } of writes) {
      const items = this.#items(database)
      const at = place(items, key)
      const exists = items[at]?.key.equals(key) === true
      // Copied, since a writer may use its memory again.
      if (value === undefined) items.splice(at, exists ? 1 : 0)
      else items.splice(at, exists ? 1 : 0, { key: Buffer.from(key), value: Buffer.from(value) })
    }
  }

  async sync(): Promise<void> {}

  async sizeBytes(): Promise<number> {
    return 0
  }

  async copyTo(): Promise<void> {
    throw new Error('a simulation takes no snapshots')
  }

  async close(): Promise<void> {}

  #items(database: DatabaseName): IndexItem[] {
    return this.#databases.get(database) as IndexItem[]
  }
}

/** Place of the first key that is not less. */
function place(items: readonly IndexItem[], key: Buffer): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (Buffer.compare((items[middle] as IndexItem).key, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}
