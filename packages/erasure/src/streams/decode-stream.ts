import type { Code } from '../code.ts'
import type { Engine } from '../engine.ts'
import { checkLayout, type Layout } from '../layout.ts'
import { planRebuild, type RebuildPlan } from '../plan-rebuild.ts'
import { type ChunkStreamOptions, combinedBlocks, usualBlockBytes } from './blocks.ts'
import { type ChunkReader, type ChunkSource, closeReaders, openReaders } from './chunk-reader.ts'

/**
 * The bytes of an object, in order, from any k of its chunks. With all data chunks there, the pieces of the sources are
 * passed on as they are; otherwise the missing data is computed, and coding chunks are read only as far as needed. A
 * piece is valid until the next is asked for. Memory is bounded by some blocks of each chunk that is read.
 *
 * Throws as `planRebuild` before anything is read, then `shortChunk` or `sourceFailed` with the chunk that is to blame:
 * leave it out and begin again with another. Damaged bytes are not seen here: check each chunk's checksum before.
 */
export async function* decodeStream(
  code: Code,
  sources: readonly ChunkSource[],
  { unitBytes, sizeBytes, engine }: ChunkStreamOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const layout = { k: code.k, unitBytes, sizeBytes }
  checkLayout(layout)
  const from = sources.map(({ index }) => index)
  const missing = Array.from({ length: code.k }, (_, index) => index).filter((index) => !from.includes(index))
  const plan = planRebuild(code, { from, to: missing })
  const readers = openReaders(sources, plan.from)
  try {
    if (missing.length === 0) yield* dataInOrder(readers, layout)
    else yield* rebuiltInOrder(readers, plan, { layout, engine })
  } finally {
    await closeReaders(readers)
  }
}

async function* dataInOrder(readers: readonly ChunkReader[], { k, unitBytes, sizeBytes }: Layout) {
  for (let start = 0; start < sizeBytes; start += unitBytes) {
    const reader = readers[(start / unitBytes) % k]!
    for (let leftBytes = Math.min(unitBytes, sizeBytes - start); leftBytes > 0; ) {
      const piece = await reader.read(leftBytes)
      leftBytes -= piece.length
      yield piece
    }
  }
}

async function* rebuiltInOrder(
  readers: readonly ChunkReader[],
  plan: RebuildPlan,
  { layout, engine }: { readonly layout: Layout; readonly engine: Engine | undefined },
) {
  const blockBytes = Math.ceil(usualBlockBytes / layout.unitBytes) * layout.unitBytes
  const indexes = [...plan.from, ...plan.to]
  for await (const { offset, sources, targets } of combinedBlocks(readers, plan, { layout, blockBytes, engine })) {
    const chunks = [...sources, ...targets]
    const data = Array.from({ length: layout.k }, (_, index) => chunks[indexes.indexOf(index)]!)
    yield* unitsInOrder(data, layout, offset)
  }
}

/** The units of a block of all data chunks, stripe by stripe; the block begins at byte `offset` of each chunk. */
function* unitsInOrder(data: readonly Uint8Array[], { k, unitBytes, sizeBytes }: Layout, offset: number) {
  for (let at = 0; at < data[0]!.length; at += unitBytes) {
    for (const [index, chunk] of data.entries()) {
      const leftBytes = sizeBytes - (offset + at) * k - index * unitBytes
      if (leftBytes > 0) yield chunk.subarray(at, at + Math.min(unitBytes, leftBytes))
    }
  }
}
