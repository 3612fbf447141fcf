import { type ByteSink, S3Error } from '@headrace/s3'
import type { Events } from '../../../core/events.ts'
import { systemCode } from '../drive/drive.ts'
import type { FileCache } from '../drive/file-cache.ts'
import { chunkFileHeaderBytes } from '../format/chunk-header.ts'
import type { ChunkLocation, DataRow } from '../format/data-row.ts'
import { chunkPath, segmentPath } from './paths.ts'
import { blockBytes, storedBytes } from './pool.ts'
import { CorruptBlockError, type Span, type SpanPool, spanBlocks } from './span.ts'

export interface DataReaderOptions {
  readonly files: FileCache
  readonly spans: SpanPool
  readonly events: Events
  /** For messages: which drive it is. */
  readonly driveName: string
}

/** A chunk is not where its row says: somebody moved or removed it since the row was read. */
export class ChunkGoneError extends Error {
  constructor(path: string) {
    super(`${path} is gone`)
    this.name = 'ChunkGoneError'
  }
}

/** The bytes of a data that are wanted. */
export interface DataRange {
  readonly dataId: Buffer
  readonly row: DataRow
  readonly offset: number
  readonly length: number
}

interface Place {
  readonly path: string
  /** Where the blocks of the chunk begin in the file. */
  readonly begin: number
}

/**
 * Reads a range of a data that is in a file, and passes it on checked, block by block. One span is read ahead while the
 * one before goes out; memory is two spans, whatever the size.
 * @throws ChunkGoneError when its row is not true any more
 * @throws S3Error InternalError when a block is corrupt or the drive fails
 */
export async function readData(range: DataRange, sink: ByteSink, options: DataReaderOptions): Promise<void> {
  const { row, offset, length } = range
  const place = placeOf(range)
  const end = offset + length
  const firstBlock = Math.floor(offset / blockBytes)
  const lastBlock = Math.ceil(end / blockBytes)
  const read = (block: number) => readSpan(range, place, { first: block, behindLast: lastBlock }, options)
  let next: Promise<Span> | undefined = read(firstBlock)
  for (let block = firstBlock; block < lastBlock; block += spanBlocks) {
    const span: Span = await (next as Promise<Span>)
    next = block + spanBlocks < lastBlock ? read(block + spanBlocks) : undefined
    // It may fail while the client takes the span before; that is noticed when its turn comes.
    next?.catch(() => {})
    const spanBegin = block * blockBytes
    const from = Math.max(offset, spanBegin) - spanBegin
    const to = Math.min(end, row.lengthBytes, spanBegin + span.data.length) - spanBegin
    try {
      const wait = sink.write(span.data.subarray(from, to))
      if (wait !== undefined) await wait
      options.spans.give(span)
    } catch (error) {
      // The span that was read ahead is given back once its read is over: until then the drive writes into it.
      next?.then((ahead) => options.spans.give(ahead)).catch(() => {})
      throw error
    }
  }
}

function placeOf({ dataId, row }: DataRange): Place {
  const chunk = row.chunks === 'inline' ? undefined : (row.chunks[0] as ChunkLocation | undefined)
  if (chunk?.kind === 'file') return { path: chunkPath({ dataId, chunk: 0, ...chunk }), begin: chunkFileHeaderBytes }
  if (chunk?.kind === 'segment') {
    return { path: segmentPath(chunk.segment), begin: chunk.offset + chunk.headerBytes }
  }
  throw new S3Error('InternalError', { message: 'The bytes of this object are not on any drive.' })
}

/** Reads and checks the blocks of one span, as far as they are wanted. */
async function readSpan(
  { dataId, row }: DataRange,
  { path, begin }: Place,
  blocks: { first: number; behindLast: number },
  { files, spans, events, driveName }: DataReaderOptions,
): Promise<Span> {
  const firstBlock = blocks.first
  const blocksBegin = firstBlock * blockBytes
  const blocksEnd = Math.min(blocks.behindLast, firstBlock + spanBlocks) * blockBytes
  const dataBytes = Math.min(row.lengthBytes, blocksEnd) - blocksBegin
  const span = spans.take()
  try {
    const read = await files.use(path, (file) => file.read(span.views(dataBytes), begin + storedBytes(blocksBegin)))
    if (read < storedBytes(dataBytes)) throw new CorruptBlockError(firstBlock + Math.floor(read / blockBytes))
    span.verify(dataBytes, { dataId, chunk: 0, firstBlock })
    return span
  } catch (error) {
    spans.give(span)
    if (systemCode(error) === 'ENOENT') throw new ChunkGoneError(path)
    events.driveFault({ drive: driveName, what: `read ${path}`, error })
    throw new S3Error('InternalError', {
      message: 'The bytes of this object could not be read from their drive.',
      cause: error,
    })
  }
}
