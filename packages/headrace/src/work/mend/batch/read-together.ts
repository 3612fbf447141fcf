import {
  type ChunkFiles,
  isNextRecord,
  type RecordRead,
  readRecords,
} from '../../../store/embedded/data/chunk-reader.ts'
import { CorruptBlockError } from '../../../store/embedded/data/span.ts'

/** What one call reads at most: two chunks of the largest that segments take. */
const runBytesMax = 2 * 1024 * 1024
/** A call takes 1,024 buffers: of so many small records each has two blocks and a header at most. */
const runRecordsMax = 128

/**
 * Reads records of segments; those that stand side by side are read with one call.
 * @returns of each the header as it was read; rejected when the record cannot be read as it was written
 */
export function readTogether(
  reads: readonly RecordRead[],
  files: ChunkFiles,
): ReadonlyMap<RecordRead, Promise<Buffer>> {
  const headers = new Map<RecordRead, Promise<Buffer>>()
  for (const run of runsOf(reads)) {
    const all = readRecords(run, files)
    for (const [index, read] of run.entries()) {
      const header = all.then((results) => {
        const result = results[index] as Buffer | CorruptBlockError
        if (result instanceof CorruptBlockError) throw result
        return result
      })
      headers.set(read, header)
    }
  }
  return headers
}

/** In the order in which they stand on their drives, cut where something else is between them. */
export function runsOf(reads: readonly RecordRead[]): RecordRead[][] {
  const runs: RecordRead[][] = []
  let bytes = 0
  for (const read of reads.toSorted(byPlace)) {
    const run = runs.at(-1)
    const last = run?.at(-1)
    const { recordBytes } = read.source.location
    const isNext = last !== undefined && isNextRecord(last.source, read.source)
    if (run !== undefined && isNext && bytes + recordBytes <= runBytesMax && run.length < runRecordsMax) {
      run.push(read)
      bytes += recordBytes
    } else {
      runs.push([read])
      bytes = recordBytes
    }
  }
  return runs
}

function byPlace({ source: { location: a } }: RecordRead, { source: { location: b } }: RecordRead): number {
  return (
    a.device - b.device ||
    a.segment.session - b.segment.session ||
    a.segment.number - b.segment.number ||
    a.offset - b.offset
  )
}
