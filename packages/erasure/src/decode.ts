import type { Chunk } from './chunk.ts'
import type { Code } from './code.ts'
import { rebuild } from './rebuild.ts'

/**
 * The k data chunks of one stripe, from any k of its chunks. Those that are there are returned as they are, without
 * work; only those that are missing are computed, into new memory. Throws as `planRebuild`, and for unequal lengths.
 */
export function decode(code: Code, chunks: readonly Chunk[]): Uint8Array[] {
  const present = new Map(chunks.map(({ index, bytes }) => [index, bytes]))
  const indexes = Array.from({ length: code.k }, (_, index) => index)
  const missing = indexes.filter((index) => !present.has(index))
  const rebuilt = rebuild(code, chunks, missing)
  return indexes.map((index) => present.get(index) ?? rebuilt[missing.indexOf(index)]!)
}
