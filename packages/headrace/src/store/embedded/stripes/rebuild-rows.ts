import type { BlockRun } from '../data/block-run.ts'
import { runBytes } from '../data/chunk-reader.ts'
import { blockBytes, windowRows } from '../data/pool.ts'
import type { ReadOptions, ReadRequest } from './read-request.ts'
import type { StoredData } from './stored-data.ts'
import { StripeRead } from './stripe-read.ts'
import { Strips } from './strips.ts'
import { TooFewChunksError } from './too-few-chunks.ts'

export interface RowsToRebuild {
  /** Chunk numbers, each once. */
  readonly chunks: readonly number[]
  /** At most `windowRows` of the data's pool. */
  readonly rows: BlockRun
  /** Chunks to be kept away from, such as those that are suspect: they are read when there is no other way. */
  readonly avoid?: Iterable<number>
}

/**
 * Computes blocks of some chunks of a data from k others, or copies them: for whoever heals or moves chunks. The chunks
 * themselves are read only when the others are too few. Each block that was read has passed its checksum.
 * @returns of each chunk a strip of exactly these rows, whose checksums are still to be reckoned; copies of each other may
 * share one. To be released.
 * @throws TooFewChunksError when a row has fewer than k chunks that can be read
 */
export async function rebuildRows(data: StoredData, wanted: RowsToRebuild, options: ReadOptions): Promise<Strips> {
  const { chunks, rows, avoid = [] } = wanted
  const request = { data, options, doubted: new Set([...chunks, ...avoid]) }
  try {
    return await read(request, chunks, rows)
  } catch (error) {
    if (rows.count === 1 || !(error instanceof TooFewChunksError)) throw error
  }
  return await rebuildByRow(request, chunks, rows)
}

function read(request: ReadRequest, chunks: readonly number[], rows: BlockRun): Promise<Strips> {
  return new StripeRead(
    request,
    chunks.map((chunk) => ({ chunk, rows })),
  ).strips
}

/** Each chunk may be bad in another row. */
async function rebuildByRow(request: ReadRequest, chunks: readonly number[], rows: BlockRun): Promise<Strips> {
  const { data, options } = request
  const spans = options.spans.of(windowRows(data.pool))
  const strips = new Strips(
    new Map(chunks.map((chunk) => [chunk, { span: spans.take(), rows, bytes: runBytes(data, chunk, rows) }])),
    spans,
  )
  try {
    for (let row = rows.first; row < rows.first + rows.count; row += 1) {
      const one = await read(request, chunks, { first: row, count: 1 })
      for (const chunk of chunks) {
        const { span, bytes } = one.of(chunk)
        span.data.copy(strips.of(chunk).span.data, (row - rows.first) * blockBytes, 0, bytes)
      }
      one.release()
    }
    return strips
  } catch (error) {
    strips.release()
    throw error
  }
}
