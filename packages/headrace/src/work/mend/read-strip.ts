import type { BlockRun } from '../../store/embedded/data/block-run.ts'
import { type ChunkFiles, readBlocks } from '../../store/embedded/data/chunk-reader.ts'
import type { SpanPool } from '../../store/embedded/data/span.ts'
import { chunkOf, type StoredData } from '../../store/embedded/stripes/stored-data.ts'
import type { Strip } from '../../store/embedded/stripes/strips.ts'
import type { MoveFigures } from './move-figures.ts'
import { SourceError } from './source-error.ts'

export interface StripReading {
  readonly files: ChunkFiles
  readonly figures: MoveFigures
}

/**
 * Reads blocks of a chunk, checked, into a span of the pool, which the caller gives back.
 * @throws SourceError when they cannot be read as they were written
 */
export async function readStrip(
  data: StoredData,
  chunk: number,
  { rows, spans }: { readonly rows: BlockRun; readonly spans: SpanPool },
  { files, figures }: StripReading,
): Promise<Strip> {
  const span = spans.take()
  const source = chunkOf(data, chunk)
  try {
    const bytes = await readBlocks(source, rows, span, files)
    if (source.location.kind !== 'missing') figures.read(source.location.device, bytes)
    return { span, rows, bytes }
  } catch (error) {
    spans.give(span)
    throw new SourceError(chunk, error)
  }
}
