import { type ByteSink, S3Error } from '@headrace/s3'
import { FormatError } from '../../../core/bytes.ts'
import { ChunkGoneError, type DataRange, readData } from '../data/data-reader.ts'
import { inlineBytesMax } from '../data/pool.ts'
import { type DataRow, decodeDataRow } from '../format/data-row.ts'
import type { Extent } from '../format/details.ts'
import type { IndexReader } from '../index/index.ts'
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
        : readFromDrive({ ...extent, row }, sink, services)
    if (wait !== undefined) await wait
  }
}

/** A chunk that was moved since its row was read is looked up again, and read on from where it broke off. */
async function readFromDrive(extent: DataRange, sink: ByteSink, services: EmbeddedServices): Promise<void> {
  let delivered = 0
  const counting: ByteSink = {
    write(chunk) {
      delivered += chunk.length
      return sink.write(chunk)
    },
  }
  try {
    await readData(extent, counting, services.reading)
  } catch (error) {
    if (!(error instanceof ChunkGoneError)) throw error
    const bytes = services.snapshot().get('data', extent.dataId)
    if (bytes === undefined)
      throw new S3Error('InternalError', { message: 'The object was deleted while it was read.', cause: error })
    const rest = { offset: extent.offset + delivered, length: extent.length - delivered }
    await readData({ ...extent, ...rest, row: decodeDataRow(bytes) }, sink, services.reading)
  }
}
