import type { KeeperStore } from '../store/embedded/keeper-store.ts'
import type { Worker } from './worker.ts'

/** Takes snapshots of the index, so that the journal does not grow for ever. */
export function takeSnapshots(store: KeeperStore): Worker {
  return {
    name: 'take-snapshots',
    idleMs: 5_000,
    async step() {
      return (await store.snapshotIfDue()) ? 'more' : 'idle'
    },
  }
}
