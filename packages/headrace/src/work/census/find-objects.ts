import { decodeBucketRow } from '../../store/embedded/format/bucket-row.ts'
import { decodeEntry } from '../../store/embedded/format/entry.ts'
import { detailsOf } from '../../store/embedded/index/entries.ts'
import { nameOfEntryKey } from '../../store/embedded/index/keys.ts'
import { slicesOf } from '../slices.ts'
import type { WorkStore } from '../work-store.ts'
import type { LostObject } from './census-report.ts'
import type { LostRow } from './census-tally.ts'

/** Whose data it is: the first so many objects that use any of these rows. */
export async function findObjects(
  store: Pick<WorkStore, 'index' | 'runtime'>,
  rows: ReadonlyMap<string, LostRow>,
  countMax: number,
  signal: AbortSignal,
): Promise<LostObject[]> {
  const found: LostObject[] = []
  if (rows.size === 0) return found
  const buckets = bucketNames(store)
  for await (const items of slicesOf(store, 'objects')) {
    signal.throwIfAborted()
    for (const { key, value } of items) {
      for (const { dataId } of detailsOf(store.index, decodeEntry(value)).extents) {
        const id = dataId.toString('hex')
        const row = rows.get(id)
        if (row === undefined) continue
        const bucket = buckets.get(key.readUInt32BE(0)) ?? ''
        found.push({ bucket, key: nameOfEntryKey(key).toString(), dataId: id, ...row })
        // One row of an object is enough to name it.
        break
      }
      if (found.length === countMax) return found
    }
  }
  return found
}

function bucketNames({ index }: Pick<WorkStore, 'index'>): Map<number, string> {
  index.refresh()
  const names = new Map<number, string>()
  for (const { key, value } of index.scan('buckets', { from: Buffer.alloc(0) })) {
    names.set(decodeBucketRow(value).id, key.toString())
  }
  return names
}
