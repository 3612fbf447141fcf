import type { BlockRun } from '../../store/embedded/data/block-run.ts'
import {
  type ChunkFiles,
  type ChunkSource,
  readBlocks,
  readFirstBlocks,
} from '../../store/embedded/data/chunk-reader.ts'
import type { Span, SpanPool } from '../../store/embedded/data/span.ts'
import { chunkOf, type StoredData } from '../../store/embedded/stripes/stored-data.ts'
import type { Strip } from '../../store/embedded/stripes/strips.ts'
import type { Hint } from './hint.ts'
import type { MoveFigures } from './move-figures.ts'
import { SourceError } from './source-error.ts'

export interface StripReading {
  readonly files: ChunkFiles
  readonly figures: MoveFigures
}

export interface StripRun {
  readonly rows: BlockRun
  readonly spans: SpanPool
  /** To be found along the way. */
  readonly hint: Hint
}

/**
 * Reads blocks of a chunk, checked, into a span of the pool, which the caller gives back.
 * @throws SourceError when they cannot be read as they were written
 */
export async function readStrip(
  data: StoredData,
  chunk: number,
  { rows, spans, hint }: StripRun,
  { files, figures }: StripReading,
): Promise<Strip> {
  const span = spans.take()
  const source = chunkOf(data, chunk)
  try {
    const isHeaderWanted = rows.first === 0 && !hint.isFound
    const bytes = isHeaderWanted
      ? await readWithHint(source, { rows, span, hint }, files)
      : await readBlocks(source, rows, span, files)
    if (source.location.kind !== 'missing') figures.read(source.location.device, bytes)
    return { span, rows, bytes }
  } catch (error) {
    spans.give(span)
    throw new SourceError(chunk, error)
  }
}

async function readWithHint(
  source: ChunkSource,
  { rows, span, hint }: { readonly rows: BlockRun; readonly span: Span; readonly hint: Hint },
  files: ChunkFiles,
): Promise<number> {
  const { bytes, header } = await readFirstBlocks(source, rows.count, span, files)
  if (header !== undefined) hint.take(header)
  return bytes
}
