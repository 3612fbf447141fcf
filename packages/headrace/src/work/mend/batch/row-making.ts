import { type RecordRead, runBytes } from '../../../store/embedded/data/chunk-reader.ts'
import { saltOf } from '../../../store/embedded/data/pool.ts'
import type { Span, SpanPool } from '../../../store/embedded/data/span.ts'
import { chunkOf } from '../../../store/embedded/stripes/stored-data.ts'
import { rebuildStrips, type Strip } from '../../../store/embedded/stripes/strips.ts'
import { allEnded } from '../all-ended.ts'
import type { ChunkSink } from '../chunk-sink.ts'
import type { SpaceRequest } from '../drive-space.ts'
import { Hint } from '../hint.ts'
import { MadeChunks } from '../made-chunks.ts'
import { blockCount, spanBlocks } from '../make-chunks.ts'
import type { MendTools } from '../mend-tools.ts'
import { type OpenSinks, openSinks } from '../open-sinks.ts'
import { locationOf, type PlainRow } from './plain-row.ts'

/** The chunks of one row while they are made, and what of it is in memory. */
export class RowMaking {
  readonly row: PlainRow
  /** To be read before it is filled. */
  readonly reads: readonly RecordRead[]
  /** What it takes on drives. */
  readonly space: readonly SpaceRequest[]
  readonly #sinks: ReadonlyMap<number, ChunkSink>
  readonly #spans: SpanPool
  /** By chunk, those that are read. */
  readonly #strips = new Map<number, Strip>()
  readonly #held = new Set<Span>()
  readonly #hint = new Hint()

  private constructor(row: PlainRow, { sinks, space }: OpenSinks, spans: SpanPool) {
    this.row = row
    this.space = space
    this.#sinks = sinks
    this.#spans = spans
    const { data } = row
    const rows = { first: 0, count: blockCount(data) }
    this.reads = row.reads.flatMap((chunk) => {
      const strip = { span: this.#take(), rows, bytes: runBytes(data, chunk, rows) }
      this.#strips.set(chunk, strip)
      const location = locationOf(data, chunk)
      // Of short data some chunks are empty.
      if (location === undefined || strip.bytes === 0) return []
      return [{ source: { ...chunkOf(data, chunk), location }, span: strip.span }]
    })
  }

  /** @throws DriveAwayError */
  static async begin(row: PlainRow, tools: MendTools): Promise<RowMaking> {
    const { facts, plan } = row
    return new RowMaking(row, await openSinks(facts, plan, tools), tools.spans.of(spanBlocks(row.data)))
  }

  /** Of memory. */
  get heldBytes(): number {
    return [...this.#held].reduce((sum, { data }) => sum + data.length, 0)
  }

  /**
   * Makes the chunks in memory, as soon as what they are made from is there.
   * @param headers of what was to be read, when it was read
   * @throws what is wrong with one of them
   */
  async fill(headers: ReadonlyMap<RecordRead, Promise<Buffer>>, { figures }: MendTools): Promise<void> {
    const found = await allEnded(this.reads.map((read) => headers.get(read) as Promise<Buffer>))
    for (const [index, { source }] of this.reads.entries()) {
      if (!this.#hint.isFound) this.#hint.take(found[index] as Buffer)
      figures.read(source.location.device, (this.#strips.get(source.chunk) as Strip).bytes)
    }
    const { tasks } = this.row.plan
    const rebuilt = this.#rebuild(tasks.flatMap(({ how, chunk }) => (how === 'rebuild' ? [chunk] : [])))
    const kept = new Set<Span>()
    for (const [chunk, sink] of this.#sinks) {
      const strip = (rebuilt.get(chunk) ?? this.#strips.get(chunk)) as Strip
      kept.add(strip.span)
      await sink.write(strip, 0)
      figures.wrote(sink.device, strip.bytes)
    }
    for (const span of this.#held) if (!kept.has(span)) this.#give(span)
  }

  /** @returns chunks that are durable @throws TargetError */
  async finish(): Promise<MadeChunks> {
    const finished = [...this.#sinks].map(async ([chunk, sink]) => [chunk, await sink.finish(this.#hint)] as const)
    const locations = new Map(await allEnded(finished))
    return new MadeChunks([...this.#sinks.values()], locations)
  }

  /** Nothing is left behind of it. It never fails. */
  async abandon(): Promise<void> {
    this.release()
    await new MadeChunks([...this.#sinks.values()], new Map()).abandon()
  }

  /** Gives its memory back: nobody reads it or writes from it any more. */
  release(): void {
    for (const span of this.#held) this.#give(span)
  }

  #rebuild(wanted: readonly number[]): ReadonlyMap<number, Strip> {
    if (wanted.length === 0) return new Map()
    const { data, sources } = this.row
    const from = new Map(sources.map((chunk) => [chunk, this.#strips.get(chunk) as Strip]))
    const [copy] = from.values()
    // Copies are equal byte for byte, and have the same checksums.
    if (data.pool.k === 1) return new Map(wanted.map((chunk) => [chunk, copy as Strip]))
    const rows = { first: 0, count: blockCount(data) }
    const rebuilt = rebuildStrips(data, from, wanted, { rows, spans: { take: () => this.#take() } })
    for (const [chunk, { span, bytes }] of rebuilt) {
      span.seal(bytes, { dataId: data.dataId, chunk: saltOf(data.pool, chunk), firstBlock: 0 })
    }
    return rebuilt
  }

  #take(): Span {
    const span = this.#spans.take()
    this.#held.add(span)
    return span
  }

  #give(span: Span): void {
    this.#held.delete(span)
    this.#spans.give(span)
  }
}
