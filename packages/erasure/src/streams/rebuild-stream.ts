import type { Code } from '../code.ts'
import { checkLayout, storedChunkBytes } from '../layout.ts'
import { planRebuild } from '../plan-rebuild.ts'
import { type ChunkStreamOptions, combinedBlocks, usualBlockBytes } from './blocks.ts'
import { type ChunkSource, closeReaders, openReaders } from './chunk-reader.ts'

/**
 * Rebuilds the chunks `to` of an object from any k others, block by block, without ever holding the object: each turn
 * gives the next bytes of every wanted chunk, in the order of `to`, valid until the next turn. A chunk comes without its
 * padding, so the last pieces may be shorter, or empty, for some. Throws as `decodeStream`.
 */
export async function* rebuildStream(
  code: Code,
  sources: readonly ChunkSource[],
  { to, unitBytes, sizeBytes, engine }: ChunkStreamOptions & { readonly to: readonly number[] },
): AsyncGenerator<Uint8Array[], void, undefined> {
  const layout = { k: code.k, unitBytes, sizeBytes }
  checkLayout(layout)
  const plan = planRebuild(code, { from: sources.map(({ index }) => index), to })
  const readers = openReaders(sources, plan.from)
  const blocks = { layout, engine, blockBytes: usualBlockBytes }
  try {
    for await (const { offset, targets } of combinedBlocks(readers, plan, blocks)) {
      yield targets.map((target, at) => target.subarray(0, Math.max(0, storedChunkBytes(layout, to[at]!) - offset)))
    }
  } finally {
    await closeReaders(readers)
  }
}
