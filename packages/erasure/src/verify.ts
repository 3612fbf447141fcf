import { bytesOf, type Chunk } from './chunk.ts'
import type { Code } from './code.ts'
import { rebuild } from './rebuild.ts'

/**
 * Computes the spare chunks of a stripe, those beyond the first k, from the first k, and returns the indexes of those
 * that differ: an empty array means that all agree. With s spare chunks, damage to up to s chunks always shows; which of
 * the chunks are damaged it does not say (a wrong one among the first k makes the spare ones differ). With no spare chunk
 * there is nothing to compare and the result is empty. Throws as `planRebuild`, and for unequal lengths.
 */
export function verify(code: Code, chunks: readonly Chunk[]): number[] {
  const spares = chunks
    .map(({ index }) => index)
    .sort((a, b) => a - b)
    .slice(code.k)
  const computed = rebuild(code, chunks, spares)
  const given = bytesOf(chunks, spares)
  return spares.filter((_, at) => Buffer.compare(computed[at]!, given[at]!) !== 0)
}
