import type { StoreFigures } from '../observe/metrics.ts'
import { decodeUsage } from '../store/embedded/format/counters.ts'
import type { KeeperStore } from '../store/embedded/keeper-store.ts'

/** A drive that does not answer counts for nothing. */
const noSpace = { freeBytes: 0, totalBytes: 0 }
const everything = { from: Buffer.alloc(0) }

/** Looks up what `/metrics` says of the store. */
export async function storeFigures({ index, drives, journalBytes }: KeeperStore): Promise<StoreFigures> {
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
  const spaces = await Promise.all(drives.all().map(({ drive }) => drive.space().catch(() => noSpace)))
  const freeBytes = spaces.reduce((sum, space) => sum + space.freeBytes, 0)
  const totalBytes = spaces.reduce((sum, space) => sum + space.totalBytes, 0)
  return { ...figures, indexBytes: await index.sizeBytes(), journalBytes, freeBytes, totalBytes }
}
