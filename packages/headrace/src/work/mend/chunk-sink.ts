import {
  ChunkFileWriter,
  type ChunkTarget,
  type SealedBlocks,
  writeSegmentChunk,
} from '../../store/embedded/data/chunk-writer.ts'
import { segmentChunkBytesMax, storedBytes } from '../../store/embedded/data/pool.ts'
import type { ChunkHeader } from '../../store/embedded/format/chunk-header.ts'
import type { ChunkLocation } from '../../store/embedded/format/data-row.ts'
import type { Hint } from './hint.ts'

/** A drive cannot take what is written to it. */
export class TargetError extends Error {
  readonly device: number

  constructor(device: number, cause: unknown) {
    super(`drive ${device} cannot be written to: ${cause instanceof Error ? cause.message : cause}`, { cause })
    this.name = 'TargetError'
    this.device = device
  }
}

/** A header without the hint, which is known when the chunk is whole. */
export type NewHeader = Omit<ChunkHeader, 'bucket' | 'key'>

/** Takes the blocks of one chunk, and puts them into a segment or a file of their own, as their number asks. */
export class ChunkSink {
  readonly chunk: number
  readonly device: number
  readonly #target: ChunkTarget
  readonly #header: NewHeader
  readonly #file: ChunkFileWriter | undefined
  readonly #blocks: SealedBlocks[] = []
  #location: ChunkLocation | undefined
  #settle: (() => void) | undefined

  constructor(target: ChunkTarget, header: NewHeader) {
    this.chunk = header.chunk
    this.device = target.device
    this.#target = target
    this.#header = header
    if (header.chunkBytes > segmentChunkBytesMax)
      this.#file = new ChunkFileWriter(target, { ...header, bucket: '', key: '' })
  }

  /** Whether the spans it is given must stay as they are until it is finished. */
  get keepsSpans(): boolean {
    return this.#file === undefined
  }

  /** Bytes that it takes on its drive, without the header. */
  get bytes(): number {
    return storedBytes(this.#header.chunkBytes)
  }

  /** @throws TargetError */
  async write(blocks: SealedBlocks, firstBlock: number): Promise<void> {
    if (blocks.bytes === 0) return
    if (this.#file === undefined) this.#blocks.push(blocks)
    else await this.#attempt(this.#file.write(blocks.span, blocks.bytes, firstBlock))
  }

  /** Makes the chunk durable. @throws TargetError */
  async finish({ names }: Hint): Promise<ChunkLocation> {
    const header = { ...this.#header, ...names }
    if (this.#file !== undefined) {
      this.#location = await this.#attempt(this.#file.finish(header))
    } else {
      const record = await this.#attempt(writeSegmentChunk(this.#target, header, this.#blocks))
      this.#location = record.location
      this.#settle = record.settle
    }
    return this.#location
  }

  /** Its row names it. */
  settle(): void {
    this.#settle?.()
    this.#settle = undefined
  }

  /** No row will name it. A record in a segment stays behind as garbage. It never fails. */
  async abandon(): Promise<void> {
    this.settle()
    await this.#file?.abandon()
  }

  async #attempt<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      throw new TargetError(this.device, error)
    }
  }
}
