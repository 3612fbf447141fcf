import type { Clock } from '../../../core/runtime.ts'
import type { ChunkFiles, ChunkSource } from '../data/chunk-reader.ts'
import type { SpanPools } from '../data/span.ts'
import type { Drives } from '../drive/drives.ts'
import type { Placement } from '../placement/placement.ts'
import type { HedgeBudget } from './hedge-budget.ts'
import type { StoredData } from './stored-data.ts'

/** What reads of stripes work with. */
export interface ReadOptions {
  readonly drives: Pick<Drives, 'get'>
  /** Where chunks are read through, when not through the drives themselves. */
  readonly files?: ChunkFiles
  readonly placement: () => Pick<Placement, 'pool' | 'isUp'>
  readonly spans: SpanPools
  readonly clock: Clock
  /** Undefined for work that nobody waits for: it is not hedged. */
  readonly hedges?: HedgeBudget
  readonly counters: ReadCounters
  /** Told of each read that failed. It does not throw. */
  readonly faults: (source: ChunkSource, error: unknown) => void
}

/** What reads have done so far, for metrics. */
export interface ReadCounters {
  /** Of runs of blocks of a chunk. */
  reads: number
  /** Those that were sent in addition because another was late. */
  hedges: number
  /** Blocks that were computed from those of other chunks. */
  rebuiltBlocks: number
  /** Chunks that turned out to be bad, each counted once in a while. */
  suspects: number
}

export function newReadCounters(): ReadCounters {
  return { reads: 0, hedges: 0, rebuiltBlocks: 0, suspects: 0 }
}

/** What the reads of one request have in common. */
export interface ReadRequest {
  readonly data: StoredData
  readonly options: ReadOptions
  /** Chunks that could not be read, or are not to be trusted: they are read when nothing else is left. */
  readonly doubted: Set<number>
}
