import type { BlockRun } from '../../store/embedded/data/block-run.ts'
import { blockBytes, chunkBytesOf, saltOf } from '../../store/embedded/data/pool.ts'
import type { StoredData } from '../../store/embedded/stripes/stored-data.ts'
import { rebuildStrips, type Strip } from '../../store/embedded/stripes/strips.ts'
import { allEnded } from './all-ended.ts'
import type { ChunkSink } from './chunk-sink.ts'
import type { Hint } from './hint.ts'
import type { MendTools } from './mend-tools.ts'
import type { ChunkTask } from './plan-row.ts'
import { readStrip, type StripRun } from './read-strip.ts'

/** Blocks of a chunk that are read and written with one call: 1 MiB, what a segment takes at most. */
export const runBlocksMax = 16

export interface Making {
  readonly data: StoredData
  readonly tasks: readonly ChunkTask[]
  /** Chunks that others are rebuilt from, the best first: at least k of them when anything is to be rebuilt. */
  readonly sources: readonly number[]
  /** By chunk number. */
  readonly sinks: ReadonlyMap<number, ChunkSink>
  readonly hint: Hint
}

/** Blocks of the longest chunk of a data. */
export function blockCount({ pool, lengthBytes }: Pick<StoredData, 'pool' | 'lengthBytes'>): number {
  return Math.ceil(chunkBytesOf(pool, lengthBytes, 0) / blockBytes)
}

/** Blocks of the spans that a data is read and written with: of few sizes, so that they are used again. */
export function spanBlocks(data: Pick<StoredData, 'pool' | 'lengthBytes'>): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, Math.min(runBlocksMax, blockCount(data)))))
}

/**
 * Makes chunks of a data, run by run: copies are read and written as they are, with their checksums; lost ones are
 * computed from k others. They are not finished yet.
 * @returns gives back the memory of what is still to be written; to be called when the sinks are finished or abandoned
 * @throws SourceError, TargetError
 */
export async function fillChunks(making: Making, tools: MendTools, signal: AbortSignal): Promise<() => void> {
  const { data, sinks, hint } = making
  const blocks = blockCount(data)
  const spans = tools.spans.of(spanBlocks(data))
  const kept: Strip[] = []
  const release = () => {
    for (const { span } of kept.splice(0)) spans.give(span)
  }
  try {
    for (let first = 0; first < blocks; first += runBlocksMax) {
      signal.throwIfAborted()
      const rows = { first, count: Math.min(runBlocksMax, blocks - first) }
      await tools.pacer.during(() => fillRun(making, { rows, spans, hint, kept }, tools), signal)
      const bytes = [...sinks.values()].reduce((sum, { chunk }) => sum + bytesIn(data, chunk, rows), 0)
      tools.progressed(bytes)
    }
    return release
  } catch (error) {
    release()
    throw error
  }
}

function bytesIn({ pool, lengthBytes }: StoredData, chunk: number, { first, count }: BlockRun): number {
  return Math.max(0, Math.min(chunkBytesOf(pool, lengthBytes, chunk) - first * blockBytes, count * blockBytes))
}

interface Run extends StripRun {
  /** Strips that sinks still need. */
  readonly kept: Strip[]
}

async function fillRun(making: Making, run: Run, tools: MendTools): Promise<void> {
  const copies = making.tasks.filter(({ how }) => how === 'copy')
  const rebuilds = making.tasks.filter(({ how }) => how === 'rebuild')
  await allEnded([
    ...copies.map((task) => copyRun(making, task, run, tools)),
    ...(rebuilds.length === 0 ? [] : [rebuildRun(making, rebuilds, run, tools)]),
  ])
}

async function copyRun(making: Making, { chunk }: ChunkTask, run: Run, tools: MendTools): Promise<void> {
  const strip = await readStrip(making.data, chunk, run, tools)
  await writeStrip(strip, [chunk], making, run, tools)
}

async function rebuildRun(making: Making, tasks: readonly ChunkTask[], run: Run, tools: MendTools): Promise<void> {
  const { data, sources } = making
  const wanted = tasks.map(({ chunk }) => chunk)
  const from = sources.slice(0, data.pool.k)
  const strips = new Map<number, Strip>()
  const give = () => {
    for (const { span } of strips.values()) run.spans.give(span)
    strips.clear()
  }
  try {
    await allEnded(
      from.map(async (chunk) => {
        strips.set(chunk, await readStrip(data, chunk, run, tools))
      }),
    )
  } catch (error) {
    give()
    throw error
  }
  if (data.pool.k === 1) {
    // Copies are equal byte for byte, and have the same checksums.
    await writeStrip(strips.get(from[0] as number) as Strip, wanted, making, run, tools)
    return
  }
  const rebuilt = rebuildStrips(data, strips, wanted, run)
  give()
  await allEnded(
    [...rebuilt].map(async ([chunk, strip]) => {
      strip.span.seal(strip.bytes, { dataId: data.dataId, chunk: saltOf(data.pool, chunk), firstBlock: run.rows.first })
      await writeStrip(strip, [chunk], making, run, tools)
    }),
  )
}

/** Writes a strip to the sinks of these chunks. Its memory is given back as soon as none of them needs it. */
async function writeStrip(
  strip: Strip,
  chunks: readonly number[],
  { sinks }: Making,
  { rows, spans, kept }: Run,
  { figures }: MendTools,
): Promise<void> {
  const targets = chunks.map((chunk) => sinks.get(chunk) as ChunkSink)
  const isKept = targets.some(({ keepsSpans }) => keepsSpans)
  if (isKept) kept.push(strip)
  try {
    await allEnded(
      targets.map(async (sink) => {
        await sink.write(strip, rows.first)
        figures.wrote(sink.device, strip.bytes)
      }),
    )
  } finally {
    if (!isKept) spans.give(strip.span)
  }
}
