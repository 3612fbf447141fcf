import type { StoreFigures } from '../observe/metrics.ts'
import { decodeUsage } from '../store/embedded/format/counters.ts'
import type { KeeperStore } from '../store/embedded/keeper-store.ts'

const everything = { from: Buffer.alloc(0) }

/** Looks up what `/metrics` says of the store. */
export async function storeFigures({ index, place, journalBytes }: KeeperStore): Promise<StoreFigures> {
  index.refresh()
  const figures = { buckets: 0, objects: 0, bytes: 0, trashEntries: 0, segments: 0 }
  for (const _ of index.scan('buckets', everything)) figures.buckets += 1
  for (const { value } of index.scan('usage', everything)) {
    const { objects, bytes } = decodeUsage(value)
    figures.objects += objects
    figures.bytes += bytes
  }
  for (const _ of index.scan('trash', everything)) figures.trashEntries += 1
  for (const _ of index.scan('segments', everything)) figures.segments += 1
  const { freeBytes, totalBytes } = await place.drive.space()
  return { ...figures, indexBytes: await index.sizeBytes(), journalBytes, freeBytes, totalBytes }
}
