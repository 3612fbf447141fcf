import type { Worker } from '../worker.ts'

export interface SnapshotStore {
  /** @returns whether a snapshot was taken */
  snapshotIfDue(): Promise<boolean>
}

/** Takes snapshots of the index, so that the journal does not grow for ever. */
export function takeSnapshots(store: SnapshotStore): Worker {
  return {
    name: 'take-snapshots',
    idleMs: 5_000,
    async step() {
      return (await store.snapshotIfDue()) ? 'more' : 'idle'
    },
  }
}
