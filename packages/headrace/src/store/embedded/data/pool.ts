import { type Code, createCode, storedChunkBytes } from '@headrace/erasure'
import type { Profile } from '../placement/profiles.ts'
import type { Pool } from '../placement/store-map.ts'

/** Bytes that one checksum covers, and that one chunk has of a stripe. */
export const blockBytes = 64 * 1024
/** Size of the checksum behind each block. */
export const blockChecksumBytes = 4

/** The pool that every store on one drive began with: one chunk, no redundancy. */
export const singlePool: Pool = {
  id: 1,
  k: 1,
  m: 0,
  pgCount: 32_768,
  blockBytes,
  deviceClass: 'hot',
  failureDomain: 'drive',
}

/** Data up to this size is kept in the index, and so in the journal: one sync for both. */
export const inlineBytesMax = 16 * 1024

/** Chunks up to this size are packed into segments; larger ones get a file of their own. */
export const segmentChunkBytesMax = 1024 * 1024

/** A segment is full at this size. */
export const segmentBytesMax = 256 * 1024 * 1024

/** Blocks of data that are taken in before they go to the drives: 1 MiB. */
const windowBlocks = 16

/** Blocks that one chunk has of a window. */
export function windowRows({ k }: Pick<Profile, 'k'>): number {
  return Math.max(1, Math.floor(windowBlocks / k))
}

/** Chunks that must be durable before a write is acknowledged. */
export function chunksMin({ k, m }: Profile): number {
  return m <= 1 ? k : k + 1
}

/** Bytes that a chunk has of a data, without its checksums. */
export function chunkBytesOf({ k }: Pick<Profile, 'k'>, dataBytes: number, chunk: number): number {
  return storedChunkBytes({ k, unitBytes: blockBytes, sizeBytes: dataBytes }, chunk)
}

/** Bytes that the blocks of a chunk take with their checksums. */
export function storedBytes(chunkBytes: number): number {
  return chunkBytes + Math.ceil(chunkBytes / blockBytes) * blockChecksumBytes
}

/** Number of a chunk in the salt of its checksums: copies are equal byte for byte. */
export function saltOf({ k }: Pick<Profile, 'k'>, chunk: number): number {
  return k === 1 ? 0 : chunk
}

/**
 * Whether chunks of one profile are those of another, as far as both have them. Copies are equal. Of an erasure code that
 * is so unless one of them has a single coding chunk: that one is the parity (XOR) of the data, and the first of several
 * is not.
 */
export function haveEqualChunks(a: Profile, b: Profile): boolean {
  return a.k === b.k && (a.k === 1 || (a.m === 1) === (b.m === 1))
}

const codes = new Map<number, Code>()

/** The erasure code of a pool whose k is more than 1. */
export function codeOf({ k, m }: Profile): Code {
  const name = k * 256 + m
  let code = codes.get(name)
  if (code === undefined) {
    code = createCode({ k, m, technique: 'cauchy' })
    codes.set(name, code)
  }
  return code
}
