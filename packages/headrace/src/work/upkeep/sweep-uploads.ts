import { decodeBucketRow } from '../../store/embedded/format/bucket-row.ts'
import type { WorkStore } from '../work-store.ts'
import type { Worker } from '../worker.ts'

const uploadsPerStep = 16

/** Removes uploads that were under way in buckets that were deleted. */
export function sweepUploads(store: WorkStore): Worker {
  return {
    name: 'sweep-uploads',
    idleMs: 60_000,
    async step() {
      const { index, keeper } = store
      index.refresh()
      const buckets = new Set<number>()
      for (const { value } of index.scan('buckets', { from: Buffer.alloc(0) })) buckets.add(decodeBucketRow(value).id)
      const keys: Buffer[] = []
      for (const { key } of index.scan('uploads', { from: Buffer.alloc(0) })) {
        if (buckets.has(key.readUInt32BE(0))) continue
        keys.push(key)
        if (keys.length === uploadsPerStep) break
      }
      if (keys.length === 0) return 'idle'
      await keeper.submit('sweepUploads', { keys })
      return 'more'
    },
  }
}
