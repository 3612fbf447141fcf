import { decodeCompletedRow } from '../../store/embedded/format/completed-row.ts'
import type { WorkStore } from '../work-store.ts'
import type { Worker } from '../worker.ts'

/** SDKs repeat a completion within minutes; a day is generous. */
const rememberMs = 24 * 3600 * 1000
const uploadsPerStep = 256

/** Forgets completed uploads, which are remembered so that a repeated completion gives the same answer. */
export function forgetCompleted(store: WorkStore): Worker {
  return {
    name: 'forget-completed',
    idleMs: 600_000,
    async step() {
      const { index, keeper, runtime } = store
      const before = runtime.clock.now() - rememberMs
      const uploadIds: Buffer[] = []
      index.refresh()
      // Ids begin with the time at which the upload began, so the oldest come first.
      for (const { key, value } of index.scan('completed', { from: Buffer.alloc(0), limit: uploadsPerStep })) {
        if (decodeCompletedRow(value).completedMs < before) uploadIds.push(key)
      }
      if (uploadIds.length === 0) return 'idle'
      await keeper.submit('forgetCompleted', { uploadIds })
      return 'more'
    },
  }
}
