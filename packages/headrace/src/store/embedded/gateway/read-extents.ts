import { type ByteSink, S3Error } from '@headrace/s3'
import { FormatError } from '../../../core/bytes.ts'
import { type DataRange, readData } from '../data/data-reader.ts'
import { inlineBytesMax } from '../data/pool.ts'
import { type DataRow, decodeDataRow, sameLocation } from '../format/data-row.ts'
import type { Extent } from '../format/details.ts'
import type { IndexReader } from '../index/index.ts'
import { TooFewChunksError } from '../stripes/too-few-chunks.ts'
import { awaitMapOf } from './await-map.ts'
import type { EmbeddedServices } from './services.ts'

/** An extent, and its bytes or where they are: the body of the whole data when the index has it, else its row. */
export type OpenExtent = Extent &
  ({ readonly body: Buffer; readonly row?: never } | { readonly row: DataRow; readonly body?: never })

/**
 * Looks up where extents are. All at once, in the snapshot in which the entry was found: later, the object may be gone,
 * and rows and small bodies with it. Files are kept for as long as the read is registered with the tracker.
 */
export function openExtents(index: IndexReader, extents: readonly Extent[]): OpenExtent[] {
  return extents.map((extent) => openExtent(index, extent))
}

function openExtent(index: IndexReader, extent: Extent): OpenExtent {
  const { dataId, offset, length } = extent
  // Small data is in the index itself; then its row has nothing to add.
  const body = offset + length <= inlineBytesMax ? index.get('bodies', dataId) : undefined
  if (body !== undefined) return { ...extent, body }
  const bytes = index.get('data', dataId)
  if (bytes === undefined) throw new FormatError(`the data row of ${dataId.toString('hex')} is missing`)
  const row = decodeDataRow(bytes)
  if (row.chunks === 'inline') throw new FormatError(`the body of ${dataId.toString('hex')} is missing`)
  return { ...extent, row }
}

/** Delivers the bytes of extents, one after the other. */
export async function readExtents(
  extents: readonly OpenExtent[],
  sink: ByteSink,
  services: EmbeddedServices,
): Promise<void> {
  for (const extent of extents) {
    const { offset, length, body, row } = extent
    const wait =
      row === undefined
        ? sink.write(body.subarray(offset, offset + length))
        : readFromDrives({ ...extent, row }, sink, services)
    if (wait !== undefined) await wait
  }
}

/**
 * Chunks that were moved since their row was read are looked up again, and read on from where it broke off.
 * @throws S3Error InternalError or ServiceUnavailable when the row is as it was, and too few of its chunks can be read;
 *   ServiceUnavailable when the map that it belongs to does not come
 */
async function readFromDrives(extent: DataRange, sink: ByteSink, services: EmbeddedServices): Promise<void> {
  const { dataId } = extent
  let { row, offset, length } = extent
  const counting: ByteSink = {
    write(chunk) {
      offset += chunk.length
      length -= chunk.length
      return sink.write(chunk)
    },
  }
  for (;;) {
    const wait = awaitMapOf([row], services)
    if (wait !== undefined) await wait
    try {
      return await readData({ dataId, row, offset, length }, counting, services.reading)
    } catch (error) {
      if (!(error instanceof TooFewChunksError)) throw error
      const bytes = services.snapshot().get('data', dataId)
      if (bytes === undefined)
        throw new S3Error('InternalError', { message: 'The object was deleted while it was read.', cause: error })
      const newer = decodeDataRow(bytes)
      if (sameChunks(row, newer)) throw error.toS3Error()
      row = newer
    }
  }
}

function sameChunks(a: DataRow, b: DataRow): boolean {
  if (a.chunks === 'inline' || b.chunks === 'inline') return true
  const others = b.chunks
  return (
    a.pool === b.pool &&
    a.chunks.every((chunk, index) => {
      const other = others[index]
      return (
        other !== undefined && (sameLocation(chunk, other) || (chunk.kind === 'missing' && other.kind === 'missing'))
      )
    })
  )
}
