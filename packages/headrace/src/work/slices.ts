import type { Runtime } from '../core/runtime.ts'
import type { DatabaseName } from '../store/embedded/index/databases.ts'
import type { IndexItem, IndexReader } from '../store/embedded/index/index.ts'

/** The event loop is held no longer than this by one slice, */
const sliceMs = 2
/** however fast the clock goes. */
const sliceItems = 1_024
/** The clock is looked at once in so many items. */
const lookItems = 32
/** Time for others between two slices. */
const restMs = 1

/** Its index may be another one from slice to slice: when one fails, the next takes its place. */
export interface SliceStore {
  readonly index: IndexReader
  readonly runtime: Pick<Runtime, 'clock'>
}

export interface SliceRange {
  readonly from?: Buffer | undefined
  readonly to?: Buffer | undefined
}

/**
 * Goes through a database in slices, each as the index is at its time; between them others have their turn. What is
 * written while this goes on may be seen or not.
 */
export async function* slicesOf(
  store: SliceStore,
  database: DatabaseName,
  { from = Buffer.alloc(0), to }: SliceRange = {},
): AsyncGenerator<readonly IndexItem[], void, undefined> {
  let next = from
  for (;;) {
    const { items, isLast } = slice(store, database, { from: next, to })
    if (items.length > 0) yield items
    const last = items.at(-1)
    if (isLast || last === undefined) return
    next = behind(last.key)
    await store.runtime.clock.sleep(restMs)
  }
}

function slice(
  { index, runtime }: SliceStore,
  database: DatabaseName,
  { from, to }: { readonly from: Buffer; readonly to: Buffer | undefined },
): { items: IndexItem[]; isLast: boolean } {
  const endMs = runtime.clock.monotonic() + sliceMs
  const items: IndexItem[] = []
  index.refresh()
  for (const item of index.scan(database, { from, to })) {
    items.push(item)
    if (items.length === sliceItems) return { items, isLast: false }
    if (items.length % lookItems === 0 && runtime.clock.monotonic() > endMs) return { items, isLast: false }
  }
  return { items, isLast: true }
}

/** The first key behind another. */
export function behind(key: Buffer): Buffer {
  return Buffer.concat([key, Buffer.alloc(1)])
}
