import {
  type ChunkFiles,
  ChunkGoneError,
  type ChunkSource,
  readBlocks,
} from '../../store/embedded/data/chunk-reader.ts'
import { blockBytes, chunkBytesOf, storedBytes } from '../../store/embedded/data/pool.ts'
import { CorruptBlockError, type SpanPools } from '../../store/embedded/data/span.ts'
import type { Drive } from '../../store/embedded/drive/drive.ts'
import { systemCode } from '../../store/embedded/drive/drive.ts'
import { decodeChunkHeader } from '../../store/embedded/format/chunk-header.ts'
import { type ChunkPlace, chunkPlace } from '../chunk-place.ts'
import type { Pacer } from '../pacer.ts'
import type { WorkStore } from '../work-store.ts'
import type { SegmentSizes } from './segment-sizes.ts'

/** `light`: it is there, with its header and its size. `deep`: every block is as it was written. */
export type Depth = 'light' | 'deep'

/**
 * - `away`: its drive is down, or not open here; nothing is known of the chunk.
 * - `gone`, `corrupt`: it is not there, or not as it was written.
 * - `failed`: its drive did not let it be read.
 */
export interface ChunkCheck {
  readonly state: 'good' | 'away' | 'gone' | 'corrupt' | 'failed'
  /** Read of its blocks, without their checksums. */
  readonly bytes: number
}

export interface ExamineTools {
  readonly store: Pick<WorkStore, 'drives' | 'maps'>
  readonly files: ChunkFiles
  readonly spans: SpanPools
  readonly pacer: Pacer
  /** Where many chunks are looked at lightly: those in segments are there when the segment is as long. */
  readonly sizes?: SegmentSizes | undefined
}

/** Blocks read with one call: 1 MiB. */
const runBlocks = 16

/** Looks at a chunk where its row says that it is. It fails only when it is called off. */
export async function examineChunk(
  source: ChunkSource,
  depth: Depth,
  tools: ExamineTools,
  signal: AbortSignal,
): Promise<ChunkCheck> {
  const place = chunkPlace(source)
  const drive = place && tools.store.drives.get(place.device)?.background
  if (place === undefined || drive === undefined || !tools.store.maps.current.isUp(place.device)) {
    return { state: 'away', bytes: 0 }
  }
  try {
    if (depth === 'light' && place.isInSegment && tools.sizes !== undefined) {
      await checkEnd(source, place, { sizes: tools.sizes, pacer: tools.pacer, signal })
      return { state: 'good', bytes: 0 }
    }
    await tools.pacer.during(() => checkHeader(source, place, drive), signal)
    if (depth === 'light') return { state: 'good', bytes: 0 }
    await readAll(source, tools, signal)
    return { state: 'good', bytes: bytesOf(source) }
  } catch (error) {
    signal.throwIfAborted()
    return { state: stateOf(error), bytes: 0 }
  }
}

function bytesOf({ pool, lengthBytes, chunk }: ChunkSource): number {
  return chunkBytesOf(pool, lengthBytes, chunk)
}

async function checkEnd(
  source: ChunkSource,
  place: ChunkPlace,
  { sizes, pacer, signal }: { readonly sizes: SegmentSizes; readonly pacer: Pacer; readonly signal: AbortSignal },
): Promise<void> {
  const size = await (sizes.known(place) ?? pacer.during(() => sizes.of(place), signal))
  if (size < endOf(source, place)) throw new WrongChunkError(`${place.path} is shorter than its chunks`)
}

function endOf(source: ChunkSource, { begin, headerBytes }: ChunkPlace): number {
  return begin + headerBytes + storedBytes(bytesOf(source))
}

function stateOf(error: unknown): 'gone' | 'corrupt' | 'failed' {
  if (error instanceof ChunkGoneError || systemCode(error) === 'ENOENT') return 'gone'
  return error instanceof CorruptBlockError || error instanceof WrongChunkError ? 'corrupt' : 'failed'
}

class WrongChunkError extends Error {}

/** The file is opened anew: one that others have open would be there for them though its name is gone. */
async function checkHeader(source: ChunkSource, place: ChunkPlace, drive: Drive): Promise<void> {
  const { dataId, chunk, pool, lengthBytes } = source
  const file = await drive.open(place.path, 'read')
  try {
    if ((await file.size()) < endOf(source, place)) throw new WrongChunkError(`${place.path} is shorter than its chunk`)
    const bytes = Buffer.alloc(place.headerBytes)
    await file.read([bytes], place.begin)
    const header = readHeader(bytes, place)
    const isOurs = header.dataId.equals(dataId) && header.chunk === chunk
    if (!isOurs || header.k !== pool.k || header.dataBytes !== lengthBytes) {
      throw new WrongChunkError(`${place.path} holds something else at ${place.begin}`)
    }
  } finally {
    await file.close()
  }
}

function readHeader(bytes: Buffer, { path, begin }: ChunkPlace) {
  try {
    return decodeChunkHeader(bytes).header
  } catch (error) {
    throw new WrongChunkError(`${path} has no header at ${begin}`, { cause: error })
  }
}

async function readAll(source: ChunkSource, { files, spans, pacer }: ExamineTools, signal: AbortSignal): Promise<void> {
  const blocks = Math.ceil(bytesOf(source) / blockBytes)
  const pool = spans.of(Math.max(1, Math.min(runBlocks, blocks)))
  for (let first = 0; first < blocks; first += runBlocks) {
    signal.throwIfAborted()
    const run = { first, count: Math.min(runBlocks, blocks - first) }
    await pacer.during(async () => {
      const span = pool.take()
      try {
        await readBlocks(source, run, span, files)
      } finally {
        pool.give(span)
      }
    }, signal)
  }
}
