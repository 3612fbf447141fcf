import { systemCode } from '../drive/drive.ts'
import type { FileCache } from '../drive/file-cache.ts'
import { type ChunkHeader, chunkFileHeaderBytes, decodeChunkHeader } from '../format/chunk-header.ts'
import type { ChunkLocation } from '../format/data-row.ts'
import type { Pool } from '../placement/store-map.ts'
import type { BlockRun } from './block-run.ts'
import { chunkPath, segmentPath } from './paths.ts'
import { blockBytes, chunkBytesOf, saltOf, storedBytes } from './pool.ts'
import { CorruptBlockError, type Span } from './span.ts'

/** The files of the drives that can be read, by device number: `Drives` for requests, `BackgroundFiles` for the rest. */
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

/** What stands before the blocks of a chunk is not the header of that chunk. */
export class WrongHeaderError extends Error {
  constructor(place: string, why: string, cause?: unknown) {
    super(`${place} does not begin with the header of its chunk: ${why}`, { cause })
    this.name = 'WrongHeaderError'
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

/** The file that a chunk is in, relative to its drive, and where its record begins there. */
function placeOf({ dataId, chunk, location }: ChunkSource): { path: string; begin: number; headerBytes: number } {
  switch (location.kind) {
    case 'file':
      return { path: chunkPath({ dataId, chunk, ...location }), begin: 0, headerBytes: chunkFileHeaderBytes }
    case 'segment':
      return { path: segmentPath(location.segment), begin: location.offset, headerBytes: location.headerBytes }
    case 'missing':
      throw new ChunkGoneError(`chunk ${chunk} of ${dataId.toString('hex')}`)
  }
}

/** For messages. */
export function nameOf(source: ChunkSource): string {
  const { chunk, dataId, location } = source
  const name = `chunk ${chunk} of ${dataId.toString('hex')}`
  return location.kind === 'missing' ? name : `${name}, ${placeOf(source).path} on drive ${location.device}`
}

async function readAt(
  source: ChunkSource,
  files: ChunkFiles,
  buffers: readonly Buffer[],
  { path, position }: { path: string; position: number },
): Promise<number> {
  const drive = source.location.kind === 'missing' ? undefined : files.get(source.location.device)
  if (drive === undefined) throw new ChunkGoneError(nameOf(source))
  try {
    return await drive.files.use(path, (file) => file.read(buffers, position))
  } catch (error) {
    throw systemCode(error) === 'ENOENT' ? new ChunkGoneError(nameOf(source), error) : error
  }
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
  const { dataId, chunk, pool } = source
  const { first } = blocks
  const bytes = runBytes(source, chunk, blocks)
  if (bytes === 0) return 0
  const { path, begin, headerBytes } = placeOf(source)
  const position = begin + headerBytes + storedBytes(first * blockBytes)
  const read = await readAt(source, files, span.views(bytes), { path, position })
  if (read < storedBytes(bytes)) throw new CorruptBlockError(first + Math.floor(read / storedBytes(blockBytes)))
  span.verify(bytes, { dataId, chunk: saltOf(pool, chunk), firstBlock: first })
  return bytes
}

/**
 * Reads what stands before the blocks, and makes sure that it is the header of this chunk.
 * @throws ChunkGoneError, or the system's error, as `readBlocks`
 * @throws WrongHeaderError
 */
export async function readChunkHeader(source: ChunkSource, files: ChunkFiles): Promise<ChunkHeader> {
  const { path, begin, headerBytes } = placeOf(source)
  const bytes = Buffer.allocUnsafe(headerBytes)
  const read = await readAt(source, files, [bytes], { path, position: begin })
  let header: ChunkHeader
  try {
    header = decodeChunkHeader(bytes.subarray(0, read)).header
  } catch (error) {
    throw new WrongHeaderError(nameOf(source), (error as Error).message, error)
  }
  const { dataId, chunk, pool, lengthBytes } = source
  const isOurs = header.dataId.equals(dataId) && header.chunk === chunk
  if (!isOurs) {
    throw new WrongHeaderError(nameOf(source), `it is of chunk ${header.chunk} of ${header.dataId.toString('hex')}`)
  }
  if (header.k !== pool.k || header.m !== pool.m || header.dataBytes !== lengthBytes) {
    throw new WrongHeaderError(nameOf(source), `it is of ${header.dataBytes} bytes in ${header.k}+${header.m} chunks`)
  }
  return header
}
