import type { Combination } from '../combination.ts'
import type { Engine } from '../engine.ts'
import { type Layout, storedChunkBytes } from '../layout.ts'
import { localEngine } from '../local-engine.ts'
import { type ChunkReader, readBlock } from './chunk-reader.ts'

/** What the streams that read chunks need to know of the object. */
export interface ChunkStreamOptions {
  /** Bytes of one chunk in one stripe, from 1. */
  readonly unitBytes: number
  /** Size of the object in bytes. With its padded size, chunks are read and written with their padding. */
  readonly sizeBytes: number
  /**
   * Where to compute; the calling thread by default. Each stream allocates its buffers once, when it starts; for many short
   * streams, give an engine whose `allocate` hands out buffers that you keep.
   */
  readonly engine?: Engine
}

/** The same range of bytes of several chunks; its buffers are used again for the next block. */
export interface Block {
  /** First byte, counted from the start of each chunk. */
  readonly offset: number
  /** The chunks that were read, in the order of their readers. */
  readonly sources: readonly Uint8Array[]
  /** The chunks that were computed, in the order of the combination. */
  readonly targets: readonly Uint8Array[]
}

/** Bytes of each chunk that are read at a time, where nothing else decides. */
export const usualBlockBytes = 65_536

interface CombinedBlocksOptions {
  readonly layout: Layout
  readonly blockBytes: number
  readonly engine: Engine | undefined
}

/**
 * Reads chunks side by side, `blockBytes` of each at a time, and applies a combination to the first `sourceCount` of them.
 */
export async function* combinedBlocks(
  readers: readonly ChunkReader[],
  combination: Combination,
  { layout, blockBytes, engine = localEngine }: CombinedBlocksOptions,
): AsyncGenerator<Block, void, undefined> {
  const longestBytes = storedChunkBytes(layout, 0)
  if (longestBytes === 0) return
  const sizeBytes = Math.min(blockBytes, longestBytes)
  const buffers = engine.allocate({ count: readers.length + combination.targetCount, sizeBytes })
  for (let offset = 0; offset < longestBytes; offset += blockBytes) {
    const views = buffers.map((buffer) => buffer.subarray(0, longestBytes - offset))
    const sources = views.slice(0, readers.length)
    const targets = views.slice(readers.length)
    await readBlock(readers, sources, { layout, offset })
    await engine.combine(combination, { sources: sources.slice(0, combination.sourceCount), targets })
    yield { offset, sources, targets }
  }
}
