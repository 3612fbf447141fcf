import { access, open, stat } from 'node:fs/promises'
import type { Code } from '../code.ts'
import { ErasureError } from '../errors.ts'
import type { ChunkSource } from '../streams/chunk-reader.ts'

const readBytes = 1_048_576

/** The file of one chunk. */
export function chunkPath(file: string, index: number): string {
  return `${file}.${index}`
}

/** The indexes of the chunks of a code whose files exist, in order. */
export async function existingChunks(file: string, { k, m }: Code): Promise<number[]> {
  const indexes = Array.from({ length: k + m }, (_, index) => index)
  const exists = (index: number) =>
    access(chunkPath(file, index)).then(
      () => true,
      () => false,
    )
  const found = await Promise.all(indexes.map(exists))
  return indexes.filter((index) => found[index])
}

/** Whole chunks are rebuilt and compared alike, whatever their stripe unit: as one stripe. */
export function wholeChunks({ k }: Code, chunkBytes: number): { unitBytes: number; sizeBytes: number } {
  return { unitBytes: Math.max(1, chunkBytes), sizeBytes: chunkBytes * k }
}

/** The one size in bytes that all these chunk files have; throws `badChunks` with the names of two that differ. */
export async function chunkFileBytes(file: string, indexes: readonly number[]): Promise<number> {
  const sizes = await Promise.all(indexes.map(async (index) => (await stat(chunkPath(file, index))).size))
  const [first = 0] = sizes
  const odd = sizes.findIndex((size) => size !== first)
  if (odd < 0) return first
  const names = [indexes[odd]!, indexes[0]!].map((index) => chunkPath(file, index))
  throw new ErasureError(
    'badChunks',
    `${names[0]} has ${sizes[odd]} bytes where ${names[1]} has ${first}: one is cut short`,
  )
}

/** The chunk files as sources; they are opened when first read and closed when done with. */
export function chunkFileSources(file: string, indexes: readonly number[]): ChunkSource[] {
  return indexes.map((index) => ({ index, bytes: readFileBytes(chunkPath(file, index)) }))
}

/** The bytes of a file, in pieces. */
export async function* readFileBytes(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  await using handle = await open(path)
  const buffer = new Uint8Array(readBytes)
  for (;;) {
    const { bytesRead } = await handle.read(buffer, 0, buffer.length)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
  }
}
