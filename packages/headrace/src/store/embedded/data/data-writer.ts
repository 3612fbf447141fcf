import type { Body, BodySummary, BodyWants, ByteSink } from '@headrace/s3'
import type { Drive, DriveFile } from '../drive/drive.ts'
import { type ChunkHeader, chunkFileHeaderBytes, encodeChunkHeader } from '../format/chunk-header.ts'
import { type ChunkLocation, type DataRow, firstSerial } from '../format/data-row.ts'
import { type ChunkFileName, chunkPath, temporaryPath } from './paths.ts'
import { blockBytes, inlineBytesMax, segmentChunkBytesMax, singlePool, storedBytes } from './pool.ts'
import type { SegmentWriter } from './segment-writer.ts'
import { type Span, type SpanPool, spanBytes } from './span.ts'

export interface DataWriterOptions {
  readonly drive: Drive
  readonly device: number
  readonly session: number
  readonly segments: SegmentWriter
  readonly spans: SpanPool
}

/** For whom a data is written: a hint in its header. */
export interface DataHint {
  readonly bucket: string
  readonly key: string
}

/** A data whose bytes are durable, or will be with the commit that brings it (`body`). */
export interface WrittenData {
  readonly dataId: Buffer
  readonly row: Omit<DataRow, 'references'>
  /** The bytes themselves, when they are to be kept in the index. */
  readonly body: Buffer | undefined
  /** The commit is known to have happened. */
  settle(): void
  /** The commit is known not to have happened: what was written is thrown away. */
  discard(): Promise<void>
}

/** Reads a body to its end and puts its bytes where they belong by size: index, segment, or a file of their own. */
export async function writeData(
  body: Body,
  wants: BodyWants,
  dataId: Buffer,
  hint: DataHint,
  options: DataWriterOptions,
): Promise<{ data: WrittenData; summary: BodySummary }> {
  if (body.sizeBytes !== undefined && body.sizeBytes <= inlineBytesMax) {
    const collector = new Collector()
    const summary = await body.readInto(collector, wants)
    return { data: inlineData(dataId, collector.bytes()), summary }
  }
  const writer = new ChunkWriter(dataId, hint, options)
  try {
    const summary = await body.readInto(writer, wants)
    return { data: await writer.finish(), summary }
  } catch (error) {
    await writer.abandon()
    throw error
  }
}

export function inlineData(dataId: Buffer, bytes: Buffer): WrittenData {
  return {
    dataId,
    row: { pool: singlePool.id, lengthBytes: bytes.length, chunks: 'inline' },
    body: bytes,
    settle() {},
    async discard() {},
  }
}

class Collector implements ByteSink {
  readonly #chunks: Uint8Array[] = []

  write(chunk: Uint8Array): undefined {
    this.#chunks.push(Buffer.from(chunk))
  }

  bytes(): Buffer {
    return this.#chunks.length === 1 ? (this.#chunks[0] as Buffer) : Buffer.concat(this.#chunks)
  }
}

/**
 * Takes the bytes of one chunk. They are gathered in a span; when they are more than a segment takes, full spans go to a
 * file, one being written while the next is filled.
 */
class ChunkWriter implements ByteSink {
  readonly #dataId: Buffer
  readonly #hint: DataHint
  readonly #options: DataWriterOptions
  #span: Span
  #filled = 0
  #sizeBytes = 0
  #file: DriveFile | undefined
  #flushing: Promise<void> = Promise.resolve()
  #writing: Promise<void> = Promise.resolve()
  #failed: unknown

  constructor(dataId: Buffer, hint: DataHint, options: DataWriterOptions) {
    this.#dataId = dataId
    this.#hint = hint
    this.#options = options
    this.#span = options.spans.take()
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.#failed !== undefined) throw this.#failed
    const end = Math.min(chunk.length, spanBytes - this.#filled)
    this.#span.data.set(end === chunk.length ? chunk : chunk.subarray(0, end), this.#filled)
    this.#filled += end
    if (end === chunk.length) return undefined
    this.#flushing = this.#flush()
    return this.#flushing.then(() => this.write(chunk.subarray(end)))
  }

  async finish(): Promise<WrittenData> {
    const lengthBytes = this.#sizeBytes + this.#filled
    if (this.#file === undefined) {
      if (lengthBytes <= inlineBytesMax) return this.#finishInline(lengthBytes)
      if (lengthBytes <= segmentChunkBytesMax) return await this.#finishSegment(lengthBytes)
    }
    return await this.#finishFile(lengthBytes)
  }

  /** Gives everything back. Called when anything failed, so it does not fail itself. */
  async abandon(): Promise<void> {
    // Whoever gives up may do so while a span is being handed over: it must come to rest first.
    this.#failed ??= new Error('the body was given up')
    await this.#flushing.catch(() => {})
    await this.#writing.catch(() => {})
    this.#options.spans.give(this.#span)
    if (this.#file === undefined) return
    await this.#file.close().catch(() => {})
    await this.#options.drive.remove(temporaryPath(this.#name)).catch(() => {})
  }

  /** Hands the full span over to the file, and goes on with another as soon as the one before is written. */
  async #flush(): Promise<void> {
    await this.#writing
    if (this.#failed !== undefined) throw this.#failed
    this.#file ??= await this.#options.drive.open(temporaryPath(this.#name), 'create')
    if (this.#failed !== undefined) throw this.#failed
    const span = this.#span
    const bytes = this.#filled
    const firstBlock = this.#sizeBytes / blockBytes
    const position = chunkFileHeaderBytes + storedBytes(this.#sizeBytes)
    this.#span = this.#options.spans.take()
    this.#filled = 0
    this.#sizeBytes += bytes
    span.seal(bytes, { dataId: this.#dataId, chunk: 0, firstBlock })
    this.#writing = this.#file.write(span.views(bytes), position).then(
      () => this.#options.spans.give(span),
      (error) => {
        this.#failed = error
      },
    )
  }

  #finishInline(lengthBytes: number): WrittenData {
    const bytes = Buffer.from(this.#span.data.subarray(0, lengthBytes))
    this.#options.spans.give(this.#span)
    return inlineData(this.#dataId, bytes)
  }

  async #finishSegment(lengthBytes: number): Promise<WrittenData> {
    const { segments, spans, device } = this.#options
    this.#span.seal(lengthBytes, { dataId: this.#dataId, chunk: 0, firstBlock: 0 })
    const header = encodeChunkHeader(this.#header(lengthBytes))
    const recordBytes = header.length + storedBytes(lengthBytes)
    const record = await segments.append([header, ...this.#span.views(lengthBytes)], recordBytes)
    spans.give(this.#span)
    const { segment, offset, settle } = record
    const location = { kind: 'segment', device, segment, offset, headerBytes: header.length, recordBytes } as const
    // The record of a commit that did not happen stays behind as garbage, which compaction takes away.
    return this.#written(lengthBytes, location, settle, async () => settle())
  }

  async #finishFile(lengthBytes: number): Promise<WrittenData> {
    const { drive, device, session } = this.#options
    this.#flushing = this.#flush()
    await this.#flushing
    await this.#writing
    if (this.#failed !== undefined) throw this.#failed
    const file = this.#file as DriveFile
    await file.write([encodeChunkHeader(this.#header(lengthBytes), chunkFileHeaderBytes)], 0)
    await file.sync()
    const path = chunkPath(this.#name)
    await drive.rename(temporaryPath(this.#name), path)
    // Closed or not, its number may be another file's from now on.
    this.#file = undefined
    await file.close()
    this.#options.spans.give(this.#span)
    const discard = async () => {
      await drive.remove(path)
    }
    return this.#written(lengthBytes, { kind: 'file', device, session, serial: firstSerial }, () => {}, discard)
  }

  #written(
    lengthBytes: number,
    location: ChunkLocation,
    settle: () => void,
    discard: () => Promise<void>,
  ): WrittenData {
    const row = { pool: singlePool.id, lengthBytes, chunks: [location] }
    return { dataId: this.#dataId, row, body: undefined, settle, discard }
  }

  get #name(): ChunkFileName {
    return { dataId: this.#dataId, chunk: 0, session: this.#options.session, serial: firstSerial }
  }

  #header(lengthBytes: number): ChunkHeader {
    return {
      dataId: this.#dataId,
      chunk: 0,
      k: singlePool.k,
      m: singlePool.m,
      blockBytes,
      dataBytes: lengthBytes,
      chunkBytes: lengthBytes,
      session: this.#options.session,
      ...this.#hint,
    }
  }
}
