import type { Events } from '../../../core/events.ts'
import type { Cancel, Clock } from '../../../core/runtime.ts'
import { ChunkGoneError, type ChunkSource, nameOf } from '../data/chunk-reader.ts'
import { CorruptBlockError } from '../data/span.ts'
import type { Drives } from '../drive/drives.ts'
import { type DataRow, sameLocation } from '../format/data-row.ts'
import type { ReadCounters } from './read-request.ts'

/** A chunk that cannot be read as it was written. */
export interface SuspectChunk {
  readonly dataId: Buffer
  readonly chunk: number
}

export interface FaultReporterOptions {
  readonly events: Events
  readonly clock: Clock
  readonly drives: Pick<Drives, 'get'>
  readonly counters: Pick<ReadCounters, 'suspects'>
  /** The row of a data as of now; undefined when there is none any more. */
  readonly rowNow: (dataId: Buffer) => DataRow | undefined
  /** Asks for these to be healed. */
  readonly suspect: (chunks: SuspectChunk[]) => Promise<unknown>
  /** A drive failed a call. */
  readonly trouble: (device: number, error: unknown) => void
}

/** A chunk is reported once in so long: healing it takes a while, and it may be read often until then. */
const againMs = 5 * 60_000
/** Chunks that are remembered for that. */
const knownMax = 10_000
/** Chunks that are found within a second are reported together, up to so many. */
const gatherMs = 1_000
const batchMax = 256

/** Tells those who heal what reads have found: chunks that are bad, and drives that fail. */
export class FaultReporter {
  readonly #options: FaultReporterOptions
  /** When each chunk was found bad, those of long ago first. */
  readonly #known = new Map<string, number>()
  #batch: SuspectChunk[] = []
  #stop: Cancel | undefined

  constructor(options: FaultReporterOptions) {
    this.#options = options
  }

  /** A read of a chunk failed. */
  readonly report = (source: ChunkSource, error: unknown): void => {
    const { events, drives, trouble } = this.#options
    const { location } = source
    const drive = location.kind === 'missing' ? undefined : drives.get(location.device)
    // A drive that is not here any more is known to those who took it away.
    if (location.kind === 'missing' || drive === undefined) return
    if (error instanceof ChunkGoneError && this.#wasMoved(source)) return
    const isOfChunk = error instanceof ChunkGoneError || error instanceof CorruptBlockError
    if (isOfChunk && !this.#isNew(source)) return
    events.driveFault({ drive: drive.drive.name, what: `read ${nameOf(source)}`, error })
    if (isOfChunk) this.#suspect(source)
    else trouble(location.device, error)
  }

  /** What was gathered is not sent any more. */
  close(): void {
    this.#stop?.()
    this.#batch = []
  }

  /** Whoever moves or removes a chunk changes its row first. */
  #wasMoved({ dataId, chunk, location }: ChunkSource): boolean {
    try {
      const row = this.#options.rowNow(dataId)
      const now = row === undefined || row.chunks === 'inline' ? undefined : row.chunks[chunk]
      return now === undefined || !sameLocation(now, location)
    } catch {
      // An index that cannot be read is reported by others, and says nothing about the chunk.
      return true
    }
  }

  #isNew({ dataId, chunk }: ChunkSource): boolean {
    const name = nameIn(dataId, chunk)
    const nowMs = this.#options.clock.monotonic()
    if (nowMs - (this.#known.get(name) ?? Number.NEGATIVE_INFINITY) < againMs) return false
    this.#known.delete(name)
    this.#known.set(name, nowMs)
    const [oldest] = this.#known.keys()
    if (this.#known.size > knownMax && oldest !== undefined) this.#known.delete(oldest)
    return true
  }

  #suspect({ dataId, chunk }: ChunkSource): void {
    this.#options.counters.suspects += 1
    this.#batch.push({ dataId, chunk })
    if (this.#batch.length >= batchMax) this.#send()
    else this.#stop ??= this.#options.clock.after(gatherMs, () => this.#send())
  }

  #send(): void {
    const { suspect, events } = this.#options
    const chunks = this.#batch
    this.#batch = []
    this.#stop?.()
    this.#stop = undefined
    suspect(chunks).catch((error) => {
      events.log.warn({ err: error, chunks: chunks.length }, 'chunks that are bad could not be reported')
      // Whoever reads them next reports them again.
      for (const { dataId, chunk } of chunks) this.#known.delete(nameIn(dataId, chunk))
    })
  }
}

function nameIn(dataId: Buffer, chunk: number): string {
  return `${dataId.toString('hex')}.${chunk}`
}
