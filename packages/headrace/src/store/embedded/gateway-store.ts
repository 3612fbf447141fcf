import type { Runtime } from '../../core/runtime.ts'
import type { ObjectStore } from '../../core/store.ts'
import type { DataWriterOptions } from './data/data-writer.ts'
import { SegmentWriter } from './data/segment-writer.ts'
import { SpanPool, spanBlocks } from './data/span.ts'
import { FileCache } from './drive/file-cache.ts'
import type { StoreLock } from './drive/store-lock.ts'
import { createEmbeddedStore } from './embedded-store.ts'
import { ReadTracker } from './gateway/read-tracker.ts'
import { SpaceGuard, type SpaceReserve } from './gateway/space-guard.ts'
import { newestSeq } from './index/entries.ts'
import type { IndexReader } from './index/index.ts'
import type { KeeperPort, Mutations } from './keeper/mutation.ts'
import type { StorePlace } from './place.ts'

/** Device number of the only drive. */
const device = 0
/** How often gateways tell up to where their reads are over. */
const reportMs = 1_000
/** A segment to which nothing was added for so long, or up to twice as long, is sealed. */
const idleMs = 60_000

export interface GatewayStoreOptions {
  readonly place: Pick<StorePlace, 'drive' | 'lockSession'>
  readonly runtime: Runtime
  readonly keeper: KeeperPort
  /** The index as it is used now. */
  readonly index: () => IndexReader
  readonly reserve?: SpaceReserve | undefined
  /** Gateways that write to the same drive, this one included. */
  readonly writers?: number | undefined
  /** Told from time to time up to which commit reads are over. */
  readonly readsOver: (oldestSeq: number) => void
}

/** The embedded store as one gateway has it, and what it holds open. */
export class GatewayStore {
  readonly store: ObjectStore
  readonly #options: GatewayStoreOptions
  readonly #files: FileCache
  readonly #spans = new SpanPool(spanBlocks)
  readonly #reads = new ReadTracker()
  readonly #stop: readonly (() => void)[]
  readonly #unsealed: Mutations['sealSegment']['input'][] = []
  #writing: { options: DataWriterOptions; lock: StoreLock } | undefined

  constructor(options: GatewayStoreOptions) {
    const { place, runtime, keeper, reserve, writers } = options
    const { drive } = place
    this.#options = options
    this.#files = new FileCache(drive, runtime.clock)
    this.store = createEmbeddedStore({
      runtime,
      keeper,
      reads: this.#reads,
      space: new SpaceGuard({
        drive,
        clock: runtime.clock,
        reserve,
        writers,
        // What is deleted of the segment that is open could not be given back.
        refused: () => this.#writing?.options.segments.seal(),
      }),
      reading: { files: this.#files, spans: this.#spans, events: runtime.events, driveName: drive.name },
      writing: () => this.#writing?.options,
      snapshot: () => {
        const index = options.index()
        index.refresh()
        return index
      },
    })
    this.#stop = [
      runtime.clock.every(reportMs, () => this.report()),
      runtime.clock.every(idleMs, () => this.#sealSegments()),
    ]
  }

  /** Commits that every read of this gateway is past. */
  oldestSeq(): number {
    return this.#reads.oldestSeq()
  }

  /** Begins to write under a session of its own; before, the store only reads. */
  startSession(session: number): void {
    if (this.#writing?.options.session === session) return
    const { place, runtime } = this.#options
    const { drive } = place
    const lock = place.lockSession(session)
    const segments = new SegmentWriter({
      drive,
      session,
      events: runtime.events,
      sealed: (segment, sizeBytes) => this.#seal({ device, segment, sizeBytes }),
    })
    this.#writing = { options: { drive, device, session, segments, spans: this.#spans }, lock }
  }

  #seal(input: Mutations['sealSegment']['input']): void {
    const { keeper, runtime } = this.#options
    keeper.submit('sealSegment', input).catch((error) => {
      runtime.events.log.warn(
        { err: error, segment: input.segment },
        'a segment could not be sealed; it is tried again',
      )
      this.#unsealed.push(input)
    })
  }

  /** Seals what is done with, also what could not be sealed before: nothing of it can be given back until then. */
  #sealSegments(): void {
    for (const input of this.#unsealed.splice(0)) this.#seal(input)
    this.#writing?.options.segments.sealIdle()
  }

  /** Looks up the newest commit, and tells the keeper up to where reads are over. */
  report(): void {
    const index = this.#options.index()
    index.refresh()
    this.#reads.advance(newestSeq(index))
    this.#options.readsOver(this.#reads.oldestSeq())
  }

  async close(): Promise<void> {
    for (const stop of this.#stop) stop()
    await this.#writing?.options.segments.close()
    await this.#files.close()
    this.#writing?.lock.release()
  }
}
