import type { Cancel } from '../../../core/runtime.ts'
import { type BlockRun, covers, unionOf } from '../data/block-run.ts'
import { type ChunkSource, readBlocks } from '../data/chunk-reader.ts'
import { windowRows } from '../data/pool.ts'
import type { Span, SpanPool } from '../data/span.ts'
import { hedgeDelayMs, hedgeDelayMsMin } from './hedge-delay.ts'
import type { ReadRequest } from './read-request.ts'
import { bestCopy, byReadiness, hangsMs, isAvoided, readiness, readinessOf } from './readiness.ts'
import { chunkOf } from './stored-data.ts'
import { rebuildStrips, type Strip, Strips } from './strips.ts'
import { tooFewChunks } from './too-few-chunks.ts'

/** Blocks of one chunk that are wanted. */
export interface WantedStrip {
  readonly chunk: number
  readonly rows: BlockRun
}

/**
 * - `reading`: expected to come.
 * - `late`: it may still come, and counts then; others were asked in its place.
 */
type State = 'reading' | 'late' | 'done' | 'failed'

interface ChunkRead {
  readonly source: ChunkSource
  readonly rows: BlockRun
  readonly span: Span
  readonly startedMs: number
  state: State
  bytes: number
  error: unknown
}

/** Timers are not finer than that. */
const waitMsMin = 1

/**
 * Reads some blocks of some chunks, at most a window of rows: those chunks themselves where they can be read, and else
 * k others of the same rows, from which they are rebuilt.
 * - What is known to be bad is avoided from the start; what fails costs further reads, and so does what is late, within
 *   the budget for hedges. The first k chunks win.
 * - Memory of a read is given back once the read is over, also when nobody waits for it any more.
 */
export class StripeRead {
  /** @throws TooFewChunksError when fewer than k chunks of the rows could be read */
  readonly strips: Promise<Strips>
  readonly #request: ReadRequest
  readonly #wanted: readonly WantedStrip[]
  /** What is read for it when all is well. */
  readonly #direct: readonly WantedStrip[]
  readonly #spans: SpanPool
  readonly #reads: ChunkRead[] = []
  readonly #outcome = Promise.withResolvers<Strips>()
  #pending = 0
  #isOver = false
  #stopWatch: Cancel | undefined

  /**
   * Begins at once.
   * @param wanted at least one strip, together of at most `windowRows` rows
   */
  constructor(request: ReadRequest, wanted: readonly WantedStrip[]) {
    this.#request = request
    this.#wanted = wanted
    this.#spans = request.options.spans.of(windowRows(request.data.pool))
    this.strips = this.#outcome.promise
    // It may fail while the client takes what was before; that is noticed when its turn comes.
    this.strips.catch(() => {})
    this.#direct = this.#isCopied ? this.#oneCopy() : wanted
    this.#begin()
  }

  /** Nobody wants the strips any more, had or not. */
  abandon(): void {
    this.strips.then((strips) => strips.release()).catch(() => {})
    if (!this.#isOver) this.#fail(new Error('the read was given up'))
  }

  get #isCopied(): boolean {
    return this.#request.data.pool.k === 1
  }

  /** Any copy is as good as the others. */
  #oneCopy(): WantedStrip[] {
    const rows = unionOf(this.#wanted.map((wanted) => wanted.rows))
    return [{ chunk: bestCopy(this.#request, rows), rows }]
  }

  #begin(): void {
    const { options, data } = this.#request
    const isAlone = data.chunks.length === 1
    const avoided = isAlone ? [] : this.#direct.filter(({ chunk, rows }) => isAvoided(this.#request, chunk, rows))
    const around = avoided.length === 0 ? [] : [unionOf(avoided.map(({ rows }) => rows))]
    for (const strip of this.#direct) {
      // What is read anyway helps to rebuild the others, when it covers their rows.
      if (!avoided.includes(strip)) this.#read(strip.chunk, unionOf([strip.rows, ...around]))
    }
    for (const rows of around) this.#readAround(rows)
    options.hedges?.earn(this.#reads.length)
    if (this.#pending === 0) return this.#tooFew()
    if (!isAlone) this.#watch(hedgeDelayMsMin)
  }

  #read(chunk: number, rows: BlockRun): void {
    const { data, options, doubted } = this.#request
    const source = chunkOf(data, chunk)
    const span = this.#spans.take()
    const startedMs = options.clock.monotonic()
    const read: ChunkRead = { source, rows, span, startedMs, state: 'reading', bytes: 0, error: undefined }
    this.#reads.push(read)
    this.#pending += 1
    options.counters.reads += 1
    readBlocks(source, rows, span, options.files ?? options.drives).then(
      (bytes) => {
        read.bytes = bytes
        this.#ended(read, 'done')
      },
      (error) => {
        read.error = error
        doubted.add(chunk)
        options.faults(source, error)
        this.#ended(read, 'failed')
      },
    )
  }

  #ended(read: ChunkRead, state: 'done' | 'failed'): void {
    read.state = state
    this.#pending -= 1
    if (this.#isOver || state === 'failed') this.#spans.give(read.span)
    if (this.#isOver) return
    try {
      this.#advance()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Finishes with what there is, or goes on around what is lost. */
  #advance(): void {
    const unmet = this.#direct.filter((strip) => this.#readOf(strip, 'done') === undefined)
    if (unmet.length === 0) return this.#finish([])
    const rows = unionOf(unmet.map((strip) => strip.rows))
    if (this.#covering(rows, 'done').length >= this.#request.data.pool.k) return this.#finish(unmet)
    for (const lost of this.#lostRows()) this.#readAround(lost)
    if (this.#pending === 0) this.#tooFew()
  }

  #readOf({ chunk, rows }: WantedStrip, state: State): ChunkRead | undefined {
    return this.#reads.find((read) => read.source.chunk === chunk && read.state === state && covers(read.rows, rows))
  }

  /** One read of each chunk that has these rows: some chunks are read twice, the second time for more rows. */
  #covering(rows: BlockRun, ...states: readonly State[]): ChunkRead[] {
    const reads = this.#reads.filter((read) => states.includes(read.state) && covers(read.rows, rows))
    return [...new Map(reads.map((read) => [read.source.chunk, read])).values()]
  }

  /** The rows of chunks that are not expected to come any more: one run, or none. */
  #lostRows(): BlockRun[] {
    const lost = this.#direct.filter(
      (strip) => this.#readOf(strip, 'done') === undefined && this.#readOf(strip, 'reading') === undefined,
    )
    return lost.length === 0 ? [] : [unionOf(lost.map(({ rows }) => rows))]
  }

  #readAround(rows: BlockRun): void {
    for (const chunk of this.#further(rows)) this.#read(chunk, rows)
  }

  /** Chunks to be read besides, so that k cover these rows: none when that cannot be. */
  #further(rows: BlockRun): number[] {
    const { data } = this.#request
    const lacking = data.pool.k - this.#covering(rows, 'reading', 'done').length
    if (lacking <= 0) return []
    const tried = new Set(
      this.#reads
        .filter((read) => read.state === 'failed' || covers(read.rows, rows))
        .map(({ source }) => source.chunk),
    )
    const others = data.chunks.keys().filter((chunk) => !tried.has(chunk))
    const spare = byReadiness(this.#request, [...others], rows)
    const mayStillCome = this.#covering(rows, 'late').length
    return spare.length + mayStillCome < lacking ? [] : spare.slice(0, lacking)
  }

  /** Looks after what is late, again and again. */
  #watch(ms: number): void {
    const { clock } = this.#request.options
    this.#stopWatch = clock.after(ms, () => {
      const delayMs = hedgeDelayMs(this.#request)
      const beganBeforeMs = clock.monotonic() - delayMs
      const reading = this.#reads.filter(({ state }) => state === 'reading')
      this.#hedge(reading.filter(({ startedMs }) => startedMs <= beganBeforeMs))
      if (this.#isHopeless()) return this.#tooFew()
      const notYetLate = reading.filter(({ startedMs }) => startedMs > beganBeforeMs)
      const nextMs = Math.min(delayMs, ...notYetLate.map(({ startedMs }) => startedMs - beganBeforeMs))
      this.#watch(Math.max(waitMsMin, nextMs))
    })
  }

  #hedge(late: readonly ChunkRead[]): void {
    const { options } = this.#request
    const isBad = ({ source, rows }: ChunkRead) => isAvoided(this.#request, source.chunk, rows)
    // That a drive hangs was not known when it was asked: that is not what the budget is for.
    this.#replace(late.filter(isBad), () => true)
    this.#replace(
      late.filter((read) => read.state === 'reading' && !isBad(read)),
      (reads) => {
        if (options.hedges?.spend(reads) !== true) return false
        options.counters.hedges += reads
        return true
      },
    )
  }

  /** Asks others in the place of reads that are late, if that is allowed and there are any. */
  #replace(late: readonly ChunkRead[], mayRead: (reads: number) => boolean): void {
    if (late.length === 0) return
    for (const read of late) read.state = 'late'
    const [rows] = this.#lostRows()
    const chunks = rows === undefined ? [] : this.#further(rows)
    if (rows !== undefined && chunks.length > 0 && mayRead(chunks.length)) {
      for (const chunk of chunks) this.#read(chunk, rows)
    } else {
      for (const read of late) read.state = 'reading'
    }
  }

  /** Whether all that is under way hangs on drives that do not answer any more. */
  #isHopeless(): boolean {
    const beganBeforeMs = this.#request.options.clock.monotonic() - hangsMs
    return this.#reads
      .filter(({ state }) => state === 'reading' || state === 'late')
      .every(({ source, rows, startedMs }) => {
        return startedMs < beganBeforeMs && readinessOf(this.#request, source.chunk, rows) >= readiness.down
      })
  }

  #finish(rebuilt: readonly WantedStrip[]): void {
    const strips = new Map<number, Strip>()
    const copy = this.#isCopied ? this.#reads.find(({ state }) => state === 'done') : undefined
    for (const { chunk, rows } of this.#wanted) {
      const read = copy ?? this.#readOf({ chunk, rows }, 'done')
      if (read !== undefined) strips.set(chunk, read)
    }
    if (copy === undefined && rebuilt.length > 0) {
      for (const [chunk, strip] of this.#rebuild(rebuilt)) strips.set(chunk, strip)
    }
    this.#end(new Set([...strips.values()].map(({ span }) => span)))
    this.#outcome.resolve(new Strips(strips, this.#spans))
  }

  #rebuild(lost: readonly WantedStrip[]): Map<number, Strip> {
    const { data, options } = this.#request
    const rows = unionOf(lost.map((strip) => strip.rows))
    const sources = new Map<number, Strip>(this.#covering(rows, 'done').map((read) => [read.source.chunk, read]))
    const wanted = lost.map(({ chunk }) => chunk)
    options.counters.rebuiltBlocks += rows.count * lost.length
    return rebuildStrips(data, sources, wanted, { rows, spans: this.#spans })
  }

  #tooFew(): void {
    const rows = unionOf(this.#direct.map((strip) => strip.rows))
    const failed = this.#reads.filter(({ state }) => state !== 'done')
    const errors = new Map(failed.map(({ source, error }) => [source.chunk, error]))
    this.#fail(tooFewChunks(this.#request, rows, errors))
  }

  #fail(error: unknown): void {
    this.#end(new Set())
    this.#outcome.reject(error)
  }

  /** What was read and is not kept is given back; what is still being read, when that is over. */
  #end(kept: ReadonlySet<Span>): void {
    this.#isOver = true
    this.#stopWatch?.()
    for (const { state, span } of this.#reads) if (state === 'done' && !kept.has(span)) this.#spans.give(span)
  }
}
