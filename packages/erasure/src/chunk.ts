import type { Code } from './code.ts'
import { ErasureError } from './errors.ts'

/** One chunk of a stripe. */
export interface Chunk {
  /** Position in the stripe: 0 … k − 1 for data, k … k + m − 1 for coding. */
  readonly index: number
  readonly bytes: Uint8Array
}

/** The bytes of the chunks with these indexes, in that order. */
export function bytesOf(chunks: readonly Chunk[], indexes: readonly number[]): Uint8Array[] {
  const present = new Map(chunks.map(({ index, bytes }) => [index, bytes]))
  return indexes.map((index) => present.get(index)!)
}

/** The one length in bytes that all chunks have; throws `badChunks` otherwise. */
export function checkChunkLengths(chunks: readonly Chunk[]): number {
  const [first] = chunks
  const odd = chunks.find(({ bytes }) => bytes.length !== first?.bytes.length)
  if (odd !== undefined) {
    const lengths = `chunk ${odd.index} has ${odd.bytes.length} bytes where chunk ${first?.index} has ${first?.bytes.length}`
    throw new ErasureError('badChunks', `${lengths}: one of them is cut short or of another stripe`)
  }
  return first?.bytes.length ?? 0
}

/** Throws `badChunks` for an index that is out of range or given twice. */
export function checkIndexes({ k, m }: Code, indexes: readonly number[]): void {
  const wrong = indexes.find((index) => !Number.isInteger(index) || index < 0 || index >= k + m)
  if (wrong !== undefined)
    throw new ErasureError('badChunks', `chunk ${wrong} does not exist: they are 0 to ${k + m - 1}`)
  const twice = indexes.find((index, at) => indexes.indexOf(index) !== at)
  if (twice !== undefined) throw new ErasureError('badChunks', `chunk ${twice} is given twice: give each chunk once`)
}
