import type { KeeperStore } from '../store/embedded/keeper-store.ts'
import { compactSegments } from './compact-segments.ts'
import { emptyTrash } from './empty-trash.ts'
import { forgetCompleted } from './forget-completed.ts'
import { sweepSessions } from './sweep-sessions.ts'
import { sweepUploads } from './sweep-uploads.ts'
import { takeSnapshots } from './take-snapshots.ts'
import type { Worker } from './worker.ts'

/**
 * The background work of an embedded store.
 * @param ownReads up to which commit the reads of a gateway in this process are over; undefined without one
 */
export function storeWorkers(store: KeeperStore, ownReads: () => number | undefined): Worker[] {
  return [
    emptyTrash(store, ownReads),
    compactSegments(store),
    sweepSessions(store),
    sweepUploads(store),
    forgetCompleted(store),
    takeSnapshots(store),
  ]
}
