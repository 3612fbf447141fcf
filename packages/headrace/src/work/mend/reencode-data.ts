import { blockBytes, windowRows } from '../../store/embedded/data/pool.ts'
import { Window } from '../../store/embedded/data/window.ts'
import type { Pool } from '../../store/embedded/placement/store-map.ts'
import type { StoredData } from '../../store/embedded/stripes/stored-data.ts'
import { rebuildStrips, type Strip } from '../../store/embedded/stripes/strips.ts'
import { allEnded } from './all-ended.ts'
import type { ChunkSink } from './chunk-sink.ts'
import type { Hint } from './hint.ts'
import { blockCount } from './make-chunks.ts'
import type { MendTools } from './mend-tools.ts'
import { readStrip } from './read-strip.ts'

export interface Reencoding {
  /** As it is. */
  readonly data: StoredData
  /** As it will be. */
  readonly target: Pool
  /** Chunks that can be read, the best first. */
  readonly sources: readonly number[]
  /** Of every chunk of the target, by number. */
  readonly sinks: ReadonlyMap<number, ChunkSink>
  readonly hint: Hint
}

/**
 * Cuts a data anew, window by window: its bytes are read in order, as a client would, and go into stripes of another pool.
 * The new chunks are not finished yet.
 * @returns gives back the memory of what is still to be written; to be called when the sinks are finished or abandoned
 * @throws SourceError, TargetError
 */
export async function reencodeData(reencoding: Reencoding, tools: MendTools, signal: AbortSignal): Promise<() => void> {
  const { data, sinks } = reencoding
  const output = new Output(reencoding, tools)
  try {
    const rows = windowRows(data.pool)
    const blocks = blockCount(data)
    for (let first = 0; first < blocks; first += rows) {
      signal.throwIfAborted()
      const count = Math.min(rows, blocks - first)
      await tools.pacer.during(() => passRun(reencoding, first, count, output, tools), signal)
    }
    await tools.pacer.during(() => output.end(), signal)
    tools.progressed([...sinks.values()].reduce((sum, { bytes }) => sum + bytes, 0))
    return () => output.release()
  } catch (error) {
    output.release()
    throw error
  }
}

async function passRun(
  { data, sources, hint }: Reencoding,
  first: number,
  count: number,
  output: Output,
  tools: MendTools,
): Promise<void> {
  const { k } = data.pool
  const spans = tools.spans.of(windowRows(data.pool))
  const run = { rows: { first, count }, spans, hint }
  const strips = new Map<number, Strip>()
  try {
    await allEnded(
      sources.slice(0, k).map(async (chunk) => {
        strips.set(chunk, await readStrip(data, chunk, run, tools))
      }),
    )
    const units = unitStrips(data, strips, run)
    for (let row = 0; row < count; row += 1) {
      for (const strip of units) {
        const bytes = strip.span.data.subarray(row * blockBytes, Math.min((row + 1) * blockBytes, strip.bytes))
        if (bytes.length > 0) await output.write(bytes)
      }
    }
  } finally {
    for (const { span } of strips.values()) spans.give(span)
  }
}

/** The k data chunks, in order: those that were read, and those that are rebuilt from what was. */
function unitStrips(
  data: StoredData,
  strips: Map<number, Strip>,
  run: Parameters<typeof rebuildStrips>[3],
): readonly Strip[] {
  const { k } = data.pool
  if (k === 1) return [...strips.values()]
  const lost = Array.from({ length: k }, (_, chunk) => chunk).filter((chunk) => !strips.has(chunk))
  if (lost.length > 0) for (const [chunk, strip] of rebuildStrips(data, strips, lost, run)) strips.set(chunk, strip)
  return Array.from({ length: k }, (_, chunk) => strips.get(chunk) as Strip)
}

/** Takes bytes, and writes the stripes of them. */
class Output {
  readonly #reencoding: Reencoding
  readonly #tools: MendTools
  readonly #kept: Window[] = []
  #window: Window | undefined
  #sizeBytes = 0

  constructor(reencoding: Reencoding, tools: MendTools) {
    this.#reencoding = reencoding
    this.#tools = tools
  }

  async write(bytes: Uint8Array): Promise<void> {
    const { target } = this.#reencoding
    for (let rest = bytes; rest.length > 0; ) {
      this.#window ??= new Window(target, this.#tools.spans)
      rest = rest.subarray(this.#window.fill(rest))
      if (this.#window.bytes === this.#window.capacity) await this.#flush(this.#window)
    }
  }

  async end(): Promise<void> {
    if (this.#window !== undefined) await this.#flush(this.#window)
  }

  release(): void {
    for (const window of this.#kept.splice(0)) window.release()
    this.#window?.release()
    this.#window = undefined
  }

  async #flush(window: Window): Promise<void> {
    const { data, target, sinks } = this.#reencoding
    const firstBlock = this.#sizeBytes / (target.k * blockBytes)
    this.#window = undefined
    this.#kept.push(window)
    window.complete(data.dataId, firstBlock)
    this.#sizeBytes += window.bytes
    await allEnded(
      [...sinks.values()].map(async (sink) => {
        const blocks = window.blocksOf(sink.chunk)
        await sink.write(blocks, firstBlock)
        this.#tools.figures.wrote(sink.device, blocks.bytes)
      }),
    )
    if ([...sinks.values()].some(({ keepsSpans }) => keepsSpans)) return
    this.#kept.pop()
    window.release()
  }
}
