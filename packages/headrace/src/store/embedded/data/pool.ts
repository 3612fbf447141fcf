/** How the bytes of a data are cut, protected and checked. What a pool is never changes; new data takes a new pool. */
export interface Pool {
  readonly id: number
  /** Data chunks and coding chunks of a stripe. */
  readonly k: number
  readonly m: number
  /** Bytes that one checksum covers. */
  readonly blockBytes: number
}

export const blockBytes = 64 * 1024
/** Size of the checksum behind each block. */
export const blockChecksumBytes = 4

/** The pool of a store on one drive: one chunk, no redundancy. */
export const singlePool: Pool = { id: 1, k: 1, m: 0, blockBytes }

/** Data up to this size is kept in the index, and so in the journal: one sync for both. */
export const inlineBytesMax = 16 * 1024

/** Chunks up to this size are packed into segments; larger ones get a file of their own. */
export const segmentChunkBytesMax = 1024 * 1024

/** A segment is full at this size. */
export const segmentBytesMax = 256 * 1024 * 1024

/** Bytes that the blocks of a chunk take with their checksums. */
export function storedBytes(chunkBytes: number): number {
  return chunkBytes + Math.ceil(chunkBytes / blockBytes) * blockChecksumBytes
}
