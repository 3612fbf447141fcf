import { SpanPools } from '../store/embedded/data/span.ts'
import type { KeeperStore } from '../store/embedded/keeper-store.ts'
import { BackgroundFiles } from './background-files.ts'
import { BackgroundWriter } from './background-writer.ts'
import { CensusTaker } from './census/census-taker.ts'
import { MemoryQueue } from './memory-queue.ts'
import { DriveSpace } from './mend/drive-space.ts'
import { Mend } from './mend/mend.ts'
import { MoveFigures } from './mend/move-figures.ts'
import { MoveLog } from './mend/move-log.ts'
import { Pacer } from './pacer.ts'
import { CheckReturned } from './scrub/check-returned.ts'
import { Scrub, type ScrubSchedule } from './scrub/scrub.ts'
import { compactSegments } from './upkeep/compact-segments.ts'
import { drainDrives, type FinishLeaving } from './upkeep/drain-drive.ts'
import { emptyTrash } from './upkeep/empty-trash.ts'
import { forgetCompleted } from './upkeep/forget-completed.ts'
import { improveReplicas, type ReplicatedStore } from './upkeep/improve-replicas.ts'
import { sweepSessions } from './upkeep/sweep-sessions.ts'
import { sweepUploads } from './upkeep/sweep-uploads.ts'
import { type SnapshotStore, takeSnapshots } from './upkeep/take-snapshots.ts'
import type { WorkStore } from './work-store.ts'
import type { Worker } from './worker.ts'

/** Chunks that are being made, all together. */
const memoryBytes = 64 * 1024 * 1024

export interface StoreWorkOptions {
  /** Up to which commit the reads of a gateway in this process are over; undefined without one. */
  readonly ownReads: () => number | undefined
  readonly finishLeaving: FinishLeaving
  readonly schedule?: ScrubSchedule | undefined
}

/** The background work of an embedded store, and the parts of it that others have a say in. */
export interface StoreWork {
  /** To be run, each beside the others. */
  readonly workers: readonly Worker[]
  readonly mend: Mend
  readonly census: CensusTaker
  readonly scrub: Scrub
  readonly moves: MoveLog
  readonly returned: CheckReturned
  /** What was read and written since the process began. */
  readonly figures: MoveFigures
  readonly pacer: Pacer
  /** To be called when the workers have stopped. */
  close(): Promise<void>
}

export function createStoreWork(
  store: WorkStore & SnapshotStore & ReplicatedStore,
  { ownReads, finishLeaving, schedule }: StoreWorkOptions,
): StoreWork {
  const { clock } = store.runtime
  const pacer = new Pacer({ clock, load: () => store.foregroundLoad() })
  const files = new BackgroundFiles(store.drives, clock)
  const writer = new BackgroundWriter(store)
  const figures = new MoveFigures()
  const moves = new MoveLog(store, figures)
  const looking = { store, files, pacer, spans: new SpanPools() }
  const census = new CensusTaker(looking)
  const scrub = new Scrub(looking, schedule)
  const returned = new CheckReturned(looking)
  const memory = new MemoryQueue(memoryBytes)
  const tools = { ...looking, writer, figures, memory, space: new DriveSpace(store) }
  const mend = new Mend({ tools, census, moves })
  return {
    workers: [
      mend,
      census,
      scrub,
      returned,
      emptyTrash(store, ownReads),
      compactSegments(store, writer),
      sweepSessions(store, (device) => returned.add(device)),
      sweepUploads(store),
      forgetCompleted(store),
      drainDrives({ store, finishLeaving }),
      improveReplicas(store),
      takeSnapshots(store),
    ],
    mend,
    census,
    scrub,
    moves,
    returned,
    figures,
    pacer,
    async close() {
      mend.close()
      returned.close()
      moves.close()
      pacer.close()
      await writer.close()
      await files.close()
    },
  }
}

/** The same for those who have no say in it. */
export function storeWorkers(
  store: Parameters<typeof createStoreWork>[0] & Pick<KeeperStore, 'finishLeaving'>,
  ownReads: () => number | undefined,
): readonly Worker[] {
  return createStoreWork(store, {
    ownReads,
    finishLeaving: (device, isEmpty) => store.finishLeaving(device, isEmpty),
  }).workers
}
