import type { Drive, DriveFile } from '../drive/drive.ts'
import { type ChunkHeader, chunkFileHeaderBytes, encodeChunkHeader } from '../format/chunk-header.ts'
import type { ChunkLocation } from '../format/data-row.ts'
import { type ChunkFileName, chunkPath, temporaryPath } from './paths.ts'
import { blockBytes, storedBytes } from './pool.ts'
import type { SegmentWriter } from './segment-writer.ts'
import type { Span } from './span.ts'

/** Where a chunk is written, and by whom. */
export interface ChunkTarget {
  readonly device: number
  readonly drive: Drive
  /** Of this process on that drive. */
  readonly segments: SegmentWriter
  readonly session: number
  /** Of its file: `firstSerial`, or another for a chunk that is written once more. */
  readonly serial: number
}

/** Sealed blocks of a chunk: the first bytes of a span. */
export interface SealedBlocks {
  readonly span: Span
  readonly bytes: number
}

export type ChunkSizes = Pick<ChunkHeader, 'dataBytes' | 'chunkBytes'>

/** What of a header need not be known before the chunk is whole. */
export type LateHeader = ChunkSizes & Partial<Pick<ChunkHeader, 'bucket' | 'key'>>

/**
 * Writes one chunk to a file of its own. The file has a temporary name until it is whole and durable.
 * - Calls are done one after the other, in their order. After one has failed, only `abandon` makes sense.
 * - Errors are the drive's.
 */
export class ChunkFileWriter {
  readonly #target: ChunkTarget
  readonly #header: ChunkHeader
  /** The last call, failed or not. */
  #last: Promise<unknown> = Promise.resolve()
  #file: DriveFile | undefined
  /** Names under which the file may be on the drive. */
  readonly #paths = new Set<string>()
  #isAbandoned = false

  /** @param header some of it may be that of `finish`, when it is not known yet */
  constructor(target: ChunkTarget, header: ChunkHeader) {
    this.#target = target
    this.#header = header
  }

  /** Writes blocks of the chunk. The span must not change until this has come to an end, even a bad one. */
  write(span: Span, bytes: number, firstBlock: number): Promise<void> {
    const position = chunkFileHeaderBytes + storedBytes(firstBlock * blockBytes)
    return this.#next(async () => {
      const file = await this.#open()
      await file.write(span.views(bytes), position)
    })
  }

  /** Makes the chunk durable under its name. */
  finish(late: LateHeader = this.#header): Promise<ChunkLocation> {
    const { drive, device, session, serial } = this.#target
    return this.#next(async () => {
      const file = await this.#open()
      await file.write([encodeChunkHeader({ ...this.#header, ...late }, chunkFileHeaderBytes)], 0)
      await file.sync()
      const path = chunkPath(this.#name)
      this.#paths.add(path)
      await drive.rename(temporaryPath(this.#name), path)
      this.#paths.delete(temporaryPath(this.#name))
      await this.#close()
      return { kind: 'file', device, session, serial }
    })
  }

  /**
   * Removes what was written, finished or not, as soon as the call under way has come to an end: before, its file number
   * must not become another file's. What cannot be removed is swept away after the session.
   */
  async abandon(): Promise<void> {
    this.#isAbandoned = true
    await this.#last
    await this.#close()
    for (const path of this.#paths) await this.#target.drive.remove(path).catch(() => {})
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const call = this.#last.then(() => {
      if (this.#isAbandoned) throw new Error('the chunk was given up')
      return work()
    })
    this.#last = call.catch(() => {})
    return call
  }

  async #open(): Promise<DriveFile> {
    if (this.#file === undefined) {
      const path = temporaryPath(this.#name)
      this.#paths.add(path)
      this.#file = await this.#target.drive.open(path, 'create')
    }
    return this.#file
  }

  /** What closing says changes nothing: bytes are durable because of the sync before. */
  async #close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close().catch(() => {})
  }

  get #name(): ChunkFileName {
    const { session, serial } = this.#target
    return { dataId: this.#header.dataId, chunk: this.#header.chunk, session, serial }
  }
}

/**
 * Appends a chunk to the segment of its drive. The spans must not change until this has come to an end, even a bad one.
 * @param blocks from the first block on, every span but the last one full
 * @returns where it is, durable; `settle` is to be called when it is known whether its data was committed
 * @throws the drive's error
 */
export async function writeSegmentChunk(
  { device, segments }: Pick<ChunkTarget, 'device' | 'segments'>,
  header: ChunkHeader,
  blocks: readonly SealedBlocks[],
): Promise<{ location: ChunkLocation; settle(): void }> {
  const headerBytes = encodeChunkHeader(header)
  const buffers: Buffer[] = [headerBytes]
  for (const { span, bytes } of blocks) buffers.push(...span.views(bytes))
  const recordBytes = buffers.reduce((sum, buffer) => sum + buffer.length, 0)
  const { segment, offset, settle } = await segments.append(buffers, recordBytes)
  return {
    location: { kind: 'segment', device, segment, offset, headerBytes: headerBytes.length, recordBytes },
    settle,
  }
}
