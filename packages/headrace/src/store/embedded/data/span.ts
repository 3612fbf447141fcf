import { blockChecksum } from '../format/checksum.ts'
import { blockBytes, blockChecksumBytes } from './pool.ts'

/** Blocks of the span that a data of one chunk is read and written with: 1 MiB. */
export const spanBlocks = 16
export const spanBytes = spanBlocks * blockBytes

/** A block on a drive does not match its checksum. */
export class CorruptBlockError extends Error {
  readonly blockIndex: number

  constructor(blockIndex: number) {
    super(`block ${blockIndex} does not match its checksum`)
    this.name = 'CorruptBlockError'
    this.blockIndex = blockIndex
  }
}

/** Which blocks these are: the salt of their checksums, so that a block in a wrong place is noticed like a changed one. */
export interface BlockPlace {
  readonly dataId: Buffer
  /** Number of the chunk among those that differ; 0 for every one of equal copies. */
  readonly chunk: number
  /** Number of the first block in its chunk. */
  readonly firstBlock: number
}

/**
 * Some blocks of a chunk side by side, and their checksums apart. On a drive each checksum stands behind its block; a
 * vectored call takes them apart and puts them together, so that the bytes of the object are never moved.
 */
export class Span {
  readonly blocks: number
  readonly data: Buffer
  readonly #checksums: Buffer
  /** Block and checksum in turn. */
  readonly #views: readonly Buffer[]

  /** @param blocks how many it has room for */
  constructor(blocks: number) {
    this.blocks = blocks
    this.data = Buffer.allocUnsafeSlow(blocks * blockBytes)
    this.#checksums = Buffer.allocUnsafeSlow(blocks * blockChecksumBytes)
    this.#views = Array.from({ length: blocks * 2 }, (_, index) => {
      const block = index >> 1
      if (index % 2 === 0) return this.data.subarray(block * blockBytes, (block + 1) * blockBytes)
      return this.#checksums.subarray(block * blockChecksumBytes, (block + 1) * blockChecksumBytes)
    })
  }

  /** The buffers of one vectored call for the first bytes of the span. */
  views(dataBytes: number): Buffer[] {
    const blocks = Math.ceil(dataBytes / blockBytes)
    const views = this.#views.slice(0, blocks * 2)
    const lastBytes = dataBytes - (blocks - 1) * blockBytes
    if (blocks > 0 && lastBytes < blockBytes)
      views[blocks * 2 - 2] = (views[blocks * 2 - 2] as Buffer).subarray(0, lastBytes)
    return views
  }

  /** Reckons the checksums of the blocks in the first bytes of the span. */
  seal(dataBytes: number, place: BlockPlace): void {
    for (let block = 0; block * blockBytes < dataBytes; block += 1) {
      this.#checksums.writeUInt32LE(this.#checksumOf(block, dataBytes, place), block * blockChecksumBytes)
    }
  }

  /** @throws CorruptBlockError for the first block that is not what was written */
  verify(dataBytes: number, place: BlockPlace): void {
    for (let block = 0; block * blockBytes < dataBytes; block += 1) {
      const expected = this.#checksums.readUInt32LE(block * blockChecksumBytes)
      if (this.#checksumOf(block, dataBytes, place) !== expected) throw new CorruptBlockError(place.firstBlock + block)
    }
  }

  #checksumOf(block: number, dataBytes: number, { dataId, chunk, firstBlock }: BlockPlace): number {
    const begin = block * blockBytes
    const bytes = this.data.subarray(begin, Math.min(begin + blockBytes, dataBytes))
    return blockChecksum(bytes, dataId, firstBlock + block, chunk)
  }
}

/** Memory of idle spans that is kept of each size. Under load there are more; they are let go afterwards. */
const idleBytesMax = 64 * 1024 * 1024

/** Spans of one size to be used again: allocating and clearing a megabyte costs as much as reading one. */
export class SpanPool {
  readonly #blocks: number
  readonly #idle: Span[] = []

  constructor(blocks: number) {
    this.#blocks = blocks
  }

  take(): Span {
    return this.#idle.pop() ?? new Span(this.#blocks)
  }

  give(span: Span): void {
    if (this.#idle.length * this.#blocks * blockBytes < idleBytesMax) this.#idle.push(span)
  }
}

/** The spans of a process, by size. */
export class SpanPools {
  readonly #pools = new Map<number, SpanPool>()

  of(blocks: number): SpanPool {
    let pool = this.#pools.get(blocks)
    if (pool === undefined) {
      pool = new SpanPool(blocks)
      this.#pools.set(blocks, pool)
    }
    return pool
  }
}
