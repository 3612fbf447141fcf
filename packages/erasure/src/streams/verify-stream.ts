import type { Code } from '../code.ts'
import { checkLayout } from '../layout.ts'
import { planRebuild } from '../plan-rebuild.ts'
import { type ChunkStreamOptions, combinedBlocks, usualBlockBytes } from './blocks.ts'
import { type ChunkSource, closeReaders, openReaders } from './chunk-reader.ts'

/** A spare chunk that is not what the first k chunks say it should be. */
export interface Mismatch {
  /** Index of the spare chunk. */
  readonly index: number
  /** First byte that differs, counted from the start of the chunk. */
  readonly offset: number
}

/**
 * `verify` for whole objects: reads all the chunks given, once, and compares those beyond the first k with what the first
 * k say. No mismatch means that all agree; what a mismatch means, see `verify`. Throws as `decodeStream`.
 */
export async function verifyStream(
  code: Code,
  sources: readonly ChunkSource[],
  { unitBytes, sizeBytes, engine }: ChunkStreamOptions,
): Promise<Mismatch[]> {
  const layout = { k: code.k, unitBytes, sizeBytes }
  checkLayout(layout)
  const indexes = sources.map(({ index }) => index).sort((a, b) => a - b)
  const spares = indexes.slice(code.k)
  const plan = planRebuild(code, { from: indexes, to: spares })
  const readers = openReaders(sources, indexes)
  const firstMismatch = new Map<number, number>()
  try {
    for await (const block of combinedBlocks(readers, plan, { layout, engine, blockBytes: usualBlockBytes })) {
      spares.forEach((index, at) => {
        const differs = firstDifference(block.sources[code.k + at]!, block.targets[at]!)
        if (differs >= 0 && !firstMismatch.has(index)) firstMismatch.set(index, block.offset + differs)
      })
    }
  } finally {
    await closeReaders(readers)
  }
  return Array.from(firstMismatch, ([index, offset]) => ({ index, offset }))
}

/** Position of the first byte that differs, −1 where none does. */
function firstDifference(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b) === 0 ? -1 : a.findIndex((value, at) => value !== b[at])
}
