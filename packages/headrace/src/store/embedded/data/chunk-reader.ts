import { systemCode } from '../drive/drive.ts'
import type { FileCache } from '../drive/file-cache.ts'
import { chunkFileHeaderBytes } from '../format/chunk-header.ts'
import { type ChunkLocation, isSameSegment, type SegmentLocation } from '../format/data-row.ts'
import type { Pool } from '../placement/store-map.ts'
import type { BlockRun } from './block-run.ts'
import { chunkPath, segmentPath } from './paths.ts'
import { blockBytes, chunkBytesOf, saltOf, storedBytes } from './pool.ts'
import { CorruptBlockError, type Span } from './span.ts'

/** The files of the drives that can be read, by device number: `Drives` for requests; background work has its own. */
export interface ChunkFiles {
  get(device: number): { readonly files: FileCache } | undefined
}

/** One chunk of a data, where its row says that it is. */
export interface ChunkSource {
  readonly dataId: Buffer
  readonly chunk: number
  readonly pool: Pick<Pool, 'k' | 'm'>
  /** Of the whole data. */
  readonly lengthBytes: number
  readonly location: ChunkLocation
}

/** A chunk is not where its row says, or its drive is not here: it was moved or removed, or the drive was. */
export class ChunkGoneError extends Error {
  constructor(place: string, cause?: unknown) {
    super(`${place} is gone`, { cause })
    this.name = 'ChunkGoneError'
  }
}

/** Bytes that a chunk has in a run of blocks, without its checksums: fewer where the chunk ends, 0 behind its end. */
export function runBytes(
  { pool, lengthBytes }: Pick<ChunkSource, 'pool' | 'lengthBytes'>,
  chunk: number,
  { first, count }: BlockRun,
): number {
  const chunkBytes = chunkBytesOf(pool, lengthBytes, chunk)
  return Math.max(0, Math.min(chunkBytes, (first + count) * blockBytes) - first * blockBytes)
}

/** The file that a chunk is in, relative to its drive, and where its blocks begin there, right behind its header. */
function placeOf({ dataId, chunk, location }: ChunkSource): { path: string; begin: number; headerBytes: number } {
  switch (location.kind) {
    case 'file': {
      const path = chunkPath({ dataId, chunk, ...location })
      return { path, begin: chunkFileHeaderBytes, headerBytes: chunkFileHeaderBytes }
    }
    case 'segment': {
      const { segment, offset, headerBytes } = location
      return { path: segmentPath(segment), begin: offset + headerBytes, headerBytes }
    }
    case 'missing':
      throw new ChunkGoneError(`chunk ${chunk} of ${dataId.toString('hex')}`)
  }
}

/** For messages: the file, and what of it. */
export function nameOf(source: ChunkSource): string {
  const { chunk, dataId, location } = source
  const name = `chunk ${chunk} of ${dataId.toString('hex')}`
  return location.kind === 'missing' ? name : `${placeOf(source).path}, ${name}`
}

/**
 * Reads blocks of a chunk into a span, from its beginning, with one call, and checks them.
 * @returns how many bytes of the span they are: 0 where the chunk has none, which touches no drive
 * @throws ChunkGoneError when the chunk, or its drive, is not there
 * @throws CorruptBlockError when one of them is not what was written
 * @throws the system's error when the drive fails
 */
export async function readBlocks(
  source: ChunkSource,
  blocks: BlockRun,
  span: Span,
  files: ChunkFiles,
): Promise<number> {
  const { first } = blocks
  const bytes = runBytes(source, source.chunk, blocks)
  if (bytes === 0) return 0
  const { path, begin } = placeOf(source)
  const position = begin + storedBytes(first * blockBytes)
  const read = await readAt(source, files, { path, position }, span.views(bytes))
  check(source, blocks, span, { bytes, read })
  return bytes
}

/**
 * The same for the first blocks of a chunk, with its header, which stands before them.
 * @returns how many bytes of the span they are, and the header as it was read: not decoded, hence not checked
 */
export async function readFirstBlocks(
  source: ChunkSource,
  count: number,
  span: Span,
  files: ChunkFiles,
): Promise<{ readonly bytes: number; readonly header: Buffer | undefined }> {
  const blocks = { first: 0, count }
  const bytes = runBytes(source, source.chunk, blocks)
  if (bytes === 0) return { bytes, header: undefined }
  const { path, begin, headerBytes } = placeOf(source)
  const header = Buffer.alloc(headerBytes)
  const read = await readAt(source, files, { path, position: begin - headerBytes }, [header, ...span.views(bytes)])
  check(source, blocks, span, { bytes, read: Math.max(0, read - headerBytes) })
  return { bytes, header }
}

/** A chunk that is a record of a segment, and the span that it is read into. */
export interface RecordRead {
  readonly source: ChunkSource & { readonly location: SegmentLocation }
  readonly span: Span
}

/** Whether a record stands right behind another. */
export function isNextRecord({ location: a }: RecordRead['source'], { location: b }: RecordRead['source']): boolean {
  return isSameSegment(a, b) && b.offset === a.offset + a.recordBytes
}

/**
 * Reads whole chunks with one call, and checks them.
 * @param reads records that stand one behind the other in a segment; each span has room for all blocks of its chunk
 * @returns of each its header as it was read, not checked; or CorruptBlockError when it is not what was written
 * @throws ChunkGoneError when the segment, or its drive, is not there
 * @throws the system's error when the drive fails
 */
export async function readRecords(
  reads: readonly RecordRead[],
  files: ChunkFiles,
): Promise<(Buffer | CorruptBlockError)[]> {
  const [first] = reads
  if (first === undefined) return []
  const headers = reads.map(({ source }) => Buffer.allocUnsafe(source.location.headerBytes))
  const buffers = reads.flatMap(({ source, span }, index) => [
    headers[index] as Buffer,
    ...span.views(chunkBytesOf(source.pool, source.lengthBytes, source.chunk)),
  ])
  const { segment, offset } = first.source.location
  let left = await readAt(first.source, files, { path: segmentPath(segment), position: offset }, buffers)
  return reads.map(({ source, span }, index) => {
    const { headerBytes, recordBytes } = source.location
    const read = Math.max(0, left - headerBytes)
    left -= recordBytes
    try {
      const bytes = chunkBytesOf(source.pool, source.lengthBytes, source.chunk)
      check(source, { first: 0, count: span.blocks }, span, { bytes, read })
      return headers[index] as Buffer
    } catch (error) {
      if (error instanceof CorruptBlockError) return error
      throw error
    }
  })
}

/** @param found how many bytes there should be without their checksums, and how many were read with them */
function check(
  { dataId, chunk, pool }: ChunkSource,
  { first }: BlockRun,
  span: Span,
  { bytes, read }: { readonly bytes: number; readonly read: number },
): void {
  if (read < storedBytes(bytes)) throw new CorruptBlockError(first + Math.floor(read / storedBytes(blockBytes)))
  span.verify(bytes, { dataId, chunk: saltOf(pool, chunk), firstBlock: first })
}

async function readAt(
  source: ChunkSource,
  files: ChunkFiles,
  { path, position }: { path: string; position: number },
  buffers: readonly Buffer[],
): Promise<number> {
  const drive = source.location.kind === 'missing' ? undefined : files.get(source.location.device)
  if (drive === undefined) throw new ChunkGoneError(nameOf(source))
  try {
    return await drive.files.use(path, (file) => file.read(buffers, position))
  } catch (error) {
    throw systemCode(error) === 'ENOENT' ? new ChunkGoneError(nameOf(source), error) : error
  }
}
