import type { ChunkFiles } from '../../store/embedded/data/chunk-reader.ts'
import type { SpanPools } from '../../store/embedded/data/span.ts'
import type { BackgroundWriter } from '../background-writer.ts'
import type { MemoryQueue } from '../memory-queue.ts'
import type { Pacer } from '../pacer.ts'
import type { WorkStore } from '../work-store.ts'
import type { DriveSpace } from './drive-space.ts'
import type { MoveFigures } from './move-figures.ts'

/** What chunks are mended with. */
export interface MendTools {
  readonly store: WorkStore
  readonly files: ChunkFiles
  readonly writer: BackgroundWriter
  readonly spans: SpanPools
  readonly memory: MemoryQueue
  readonly pacer: Pacer
  readonly figures: MoveFigures
  readonly space: DriveSpace
  /** Told of bytes that were written. */
  readonly progressed: (bytes: number) => void
}
