import { blockChecksum } from '../format/checksum.ts'
import { blockBytes, blockChecksumBytes } from './pool.ts'

/** Blocks that are read or written in one call. */
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

/**
 * Up to 16 blocks side by side, and their checksums apart. On a drive each checksum stands behind its block; a vectored
 * call takes them apart and puts them together, so that the bytes of the object are never moved.
 */
export class Span {
  readonly data = Buffer.allocUnsafeSlow(spanBytes)
  readonly #checksums = Buffer.allocUnsafeSlow(spanBlocks * blockChecksumBytes)
  /** Block and checksum in turn. */
  readonly #views: readonly Buffer[]

  constructor() {
    this.#views = Array.from({ length: spanBlocks * 2 }, (_, index) => {
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
  seal(dataBytes: number, dataId: Buffer, firstBlock: number): void {
    for (let block = 0; block * blockBytes < dataBytes; block += 1) {
      this.#checksums.writeUInt32LE(this.#checksumOf(block, dataBytes, dataId, firstBlock), block * blockChecksumBytes)
    }
  }

  /** @throws CorruptBlockError for the first block that is not what was written */
  verify(dataBytes: number, dataId: Buffer, firstBlock: number): void {
    for (let block = 0; block * blockBytes < dataBytes; block += 1) {
      const expected = this.#checksums.readUInt32LE(block * blockChecksumBytes)
      if (this.#checksumOf(block, dataBytes, dataId, firstBlock) !== expected)
        throw new CorruptBlockError(firstBlock + block)
    }
  }

  #checksumOf(block: number, dataBytes: number, dataId: Buffer, firstBlock: number): number {
    const begin = block * blockBytes
    return blockChecksum(this.data.subarray(begin, Math.min(begin + blockBytes, dataBytes)), dataId, firstBlock + block)
  }
}

/** Idle spans that are kept: 64 MiB. Under load there are more; they are let go afterwards. */
const idleMax = 64

/** Spans to be used again: allocating and clearing a megabyte costs as much as reading one. */
export class SpanPool {
  readonly #idle: Span[] = []

  take(): Span {
    return this.#idle.pop() ?? new Span()
  }

  give(span: Span): void {
    if (this.#idle.length < idleMax) this.#idle.push(span)
  }
}
