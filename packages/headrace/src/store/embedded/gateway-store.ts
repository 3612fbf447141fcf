import type { Runtime } from '../../core/runtime.ts'
import type { ObjectStore } from '../../core/store.ts'
import { type DataWriterOptions, gatherBudgetBytes } from './data/data-writer.ts'
import { MemoryBudget } from './data/memory-budget.ts'
import { SegmentsByDrive } from './data/segments-by-drive.ts'
import { SpanPools } from './data/span.ts'
import type { StoreLock } from './drive/store-lock.ts'
import { createEmbeddedStore } from './embedded-store.ts'
import { decodeDataRow } from './format/data-row.ts'
import { ReadTracker } from './gateway/read-tracker.ts'
import type { SpaceReserve } from './gateway/space-guard.ts'
import { SpaceGuards } from './gateway/space-guards.ts'
import { newestSeq } from './index/entries.ts'
import type { IndexReader } from './index/index.ts'
import type { KeeperPort } from './keeper/mutation.ts'
import type { StorePlace } from './place.ts'
import type { StoreMap } from './placement/store-map.ts'
import { FaultReporter } from './stripes/fault-reporter.ts'
import { HedgeBudget } from './stripes/hedge-budget.ts'
import { newReadCounters, type ReadCounters } from './stripes/read-request.ts'

/** How often gateways tell up to where their reads are over. */
const reportMs = 1_000

export interface GatewayStoreOptions {
  readonly place: StorePlace
  readonly runtime: Runtime
  readonly keeper: KeeperPort
  /** The index as it is used now. */
  readonly index: () => IndexReader
  readonly reserve?: SpaceReserve | undefined
  /** Gateways that write to the same drives, this one included. */
  readonly writers?: number | undefined
  /** Told from time to time up to which commit reads are over. */
  readonly readsOver: (oldestSeq: number) => void
  /** A drive has failed a call. */
  readonly trouble: (device: number, error: unknown) => void
}

/** The embedded store as one gateway has it, and what it holds open. */
export class GatewayStore {
  readonly store: ObjectStore
  /** What its reads have done so far. */
  readonly reads: ReadCounters = newReadCounters()
  readonly #options: GatewayStoreOptions
  readonly #spans = new SpanPools()
  readonly #budget = new MemoryBudget(gatherBudgetBytes)
  readonly #faults: FaultReporter
  readonly #tracker = new ReadTracker()
  readonly #stop: readonly (() => void)[]
  #writing: { options: DataWriterOptions; lock: StoreLock } | undefined

  constructor(options: GatewayStoreOptions) {
    const { place, runtime, keeper, reserve, writers } = options
    const { drives } = place
    const placement = () => place.maps.current
    this.#options = options
    const snapshot = () => {
      const index = options.index()
      index.refresh()
      return index
    }
    this.#faults = new FaultReporter({
      events: runtime.events,
      clock: runtime.clock,
      drives,
      counters: this.reads,
      rowNow: (dataId) => {
        const bytes = snapshot().get('data', dataId)
        return bytes === undefined ? undefined : decodeDataRow(bytes)
      },
      suspect: (chunks) => keeper.submit('suspectChunks', { chunks }),
      trouble: options.trouble,
    })
    this.store = createEmbeddedStore({
      runtime,
      keeper,
      maps: place.maps,
      reads: this.#tracker,
      space: new SpaceGuards({
        drives,
        placement,
        clock: runtime.clock,
        reserve,
        writers,
        // What is deleted of the segment that is open could not be given back.
        refused: (full) => this.#writing?.options.segments.seal(full),
      }),
      reading: {
        drives,
        placement,
        spans: this.#spans,
        clock: runtime.clock,
        hedges: new HedgeBudget(),
        counters: this.reads,
        faults: this.#faults.report,
      },
      writing: () => this.#writing?.options,
      snapshot,
    })
    this.#stop = [
      runtime.clock.every(reportMs, () => this.report()),
      place.maps.onChange(({ map }) => this.#sealSegments(map)),
    ]
  }

  /** Commits that every read of this gateway is past. */
  oldestSeq(): number {
    return this.#tracker.oldestSeq()
  }

  /** Begins to write under a session of its own; before, the store only reads. */
  startSession(session: number): void {
    if (this.#writing?.options.segments.session === session) return
    const { place, runtime, keeper, trouble } = this.#options
    const lock = place.lockSession(session)
    const segments = new SegmentsByDrive({
      session,
      runtime,
      seal: (sealed) => keeper.submit('sealSegment', sealed),
    })
    const options: DataWriterOptions = {
      drives: place.drives,
      placement: () => place.maps.current,
      segments,
      spans: this.#spans,
      budget: this.#budget,
      runtime,
      trouble,
    }
    this.#writing = { options, lock }
  }

  /** Looks up the newest commit, and tells the keeper up to where reads are over. */
  report(): void {
    const index = this.#options.index()
    index.refresh()
    this.#tracker.advance(newestSeq(index))
    this.#options.readsOver(this.#tracker.oldestSeq())
  }

  /**
   * What is on a drive that leaves can be taken away only when nothing is added to it. And one that comes back may be
   * mounted anew: what was open on it before is of no use then.
   */
  #sealSegments({ devices }: StoreMap): void {
    for (const { id, membership, isUp } of devices) {
      if (membership !== 'in' || !isUp) this.#writing?.options.segments.seal(id)
    }
  }

  async close(): Promise<void> {
    for (const stop of this.#stop) stop()
    this.#faults.close()
    await this.#writing?.options.segments.close()
    this.#writing?.lock.release()
  }
}
