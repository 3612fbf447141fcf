import { chunkBytesOf, storedBytes } from '../../store/embedded/data/pool.ts'
import { decodeDataRow } from '../../store/embedded/format/data-row.ts'
import { decodeSuspects } from '../../store/embedded/format/suspects.ts'
import type { UsedData } from '../../store/embedded/placement/predict.ts'
import { CensusTally } from '../../work/census/census-tally.ts'
import { type PlacedRow, planRow, type RowPlan } from '../../work/mend/plan-row.ts'
import { slicesOf } from '../../work/slices.ts'
import type { WorkStore } from '../../work/work-store.ts'
import { Breather } from './breather.ts'
import { Reservoir } from './reservoir.ts'

/** Rows that predictions are made from: with so many, they are off by less than a percent. */
const sampleRowsMax = 50_000

/** Chunks that data rows point to. */
export interface HeldChunks {
  chunks: number
  /** With the checksums of their blocks. */
  bytes: number
}

/**
 * What the index says of the store, with one look at every data row. No drive is asked: a census does that, and what it
 * finds is in the index.
 */
export class Survey {
  readonly startedMs: number
  /** Of the map. */
  readonly epoch: number
  readonly tally = new CensusTally()
  readonly sample: Reservoir<UsedData>
  /** By device. */
  readonly held = new Map<number, HeldChunks>()
  /** Bytes of chunks by the pool that they belong in. */
  readonly poolBytes = new Map<number, number>()
  shortRows = 0
  missingChunks = 0
  /** Of the row that can lose fewest: chunks beyond those that it cannot be read without. */
  leastSpare: number | undefined
  /** Data whose bytes are in the index. */
  inlineBytes = 0
  /** How long it took; undefined while it is under way. */
  tookMs: number | undefined

  constructor({ runtime, maps }: Pick<WorkStore, 'runtime' | 'maps'>) {
    this.startedMs = runtime.clock.now()
    this.epoch = maps.current.map.epoch
    this.sample = new Reservoir(sampleRowsMax, runtime.random)
  }

  /** Bytes of all chunks. */
  get chunkBytes(): number {
    let sum = 0
    for (const { bytes } of this.held.values()) sum += bytes
    return sum
  }

  add(dataId: Buffer, row: PlacedRow, plan: RowPlan): void {
    const { pool, target, readable } = plan
    this.tally.add(dataId, row, plan)
    this.sample.offer(() => ({ pool: row.pool, dataId, lengthBytes: row.lengthBytes }))
    if (readable.length < row.chunks.length) this.shortRows += 1
    this.missingChunks += row.chunks.length - readable.length
    this.leastSpare = Math.min(this.leastSpare ?? Number.POSITIVE_INFINITY, readable.length - pool.k)
    for (const [chunk, location] of row.chunks.entries()) {
      if (location.kind === 'missing') continue
      const bytes = storedBytes(chunkBytesOf(pool, row.lengthBytes, chunk))
      this.#hold(location.device, bytes)
      this.poolBytes.set(target.id, (this.poolBytes.get(target.id) ?? 0) + bytes)
    }
  }

  #hold(device: number, bytes: number): void {
    const held = this.held.get(device)
    if (held === undefined) this.held.set(device, { chunks: 1, bytes })
    else {
      held.chunks += 1
      held.bytes += bytes
    }
  }
}

/** Looks at every data row; others have their turn meanwhile. The survey can be read at any time, and grows until the end. */
export async function takeSurvey(store: WorkStore, survey: Survey): Promise<void> {
  const { clock, events } = store.runtime
  const beganMs = clock.monotonic()
  const breather = new Breather(clock)
  for await (const items of slicesOf(store, 'data')) {
    for (const { key, value } of items) {
      if (breather.isDue) await breather.rest()
      const row = decodeDataRow(value)
      if (row.chunks === 'inline') {
        survey.inlineBytes += row.lengthBytes
        continue
      }
      const placed = { ...row, chunks: row.chunks }
      const suspects = store.index.get('degraded', key)
      const facts = { dataId: key, row: placed, suspects: suspects === undefined ? 0 : decodeSuspects(suspects) }
      try {
        survey.add(key, placed, planRow(facts, store.maps.current))
      } catch (error) {
        events.log.error({ err: error, dataId: key.toString('hex') }, 'a data row cannot be placed')
      }
    }
  }
  survey.tookMs = clock.monotonic() - beganMs
}
