import { chunkBytesOf, haveEqualChunks, storedBytes } from '../../store/embedded/data/pool.ts'
import type { ChunkLocation, DataRow } from '../../store/embedded/format/data-row.ts'
import { isSuspect } from '../../store/embedded/format/suspects.ts'
import { chunkFates } from '../../store/embedded/placement/belongs.ts'
import type { Placement } from '../../store/embedded/placement/placement.ts'
import type { Pool } from '../../store/embedded/placement/store-map.ts'

/** A data row whose bytes are on drives. */
export type PlacedRow = DataRow & { readonly chunks: readonly ChunkLocation[] }

export interface RowFacts {
  readonly dataId: Buffer
  readonly row: PlacedRow
  /** As the index has them: see `format/suspects.ts`. */
  readonly suspects: number
  /** Chunks that were looked at and cannot be read, though their drives are up. */
  readonly bad?: ReadonlySet<number>
  /** Chunks that were looked at and are as they were written, whatever the index suspects. */
  readonly good?: ReadonlySet<number>
}

/** A chunk to be made on another place: copied from where it is, or rebuilt from the others. */
export interface ChunkTask {
  readonly chunk: number
  readonly how: 'copy' | 'rebuild'
  /** A device that is up. */
  readonly to: number
}

/** What is to become of a row. */
export interface RowPlan {
  /** As it is laid out now. */
  readonly pool: Pool
  /** As it will be: the same, or the pool that replaced it. */
  readonly target: Pool
  /**
   * - `place`: chunks are made where they are missing or belong; the others stay, with the numbers they have.
   * - `reencode`: the data is cut anew, and all its chunks are written, one to each device of `set`.
   */
  readonly kind: 'place' | 'reencode'
  /** Chunks in the layout of the target, as far as they are there; for `place`. */
  readonly base: readonly ChunkLocation[]
  readonly tasks: readonly ChunkTask[]
  /** Of the target's layout: the devices for it, in CRUSH order. */
  readonly set: readonly number[]
  /** Chunks, by number, that can be read now as far as is known; suspected ones are not among them. */
  readonly readable: readonly number[]
  /** Suspected chunks on drives that are up: to be looked at first. */
  readonly suspected: readonly number[]
  /** It is less than it should be: chunks are missing or cannot be read, or it waits for a better profile. */
  readonly isDegraded: boolean
  /** Another pool has replaced its own. */
  readonly isOutdated: boolean
  /** Chunks in the wrong place that go to the right one. */
  readonly misplaced: number
  /** Chunks to be written, with their checksums. */
  readonly bytes: number
  /** What comes first: the lower, the sooner. See `urgencies`. */
  readonly urgency: number
}

/** Rows that lack chunks come first, by the number of chunks that may still be lost (up to 7); then, in this order: */
export const urgencies = { leaving: 8, misplaced: 9, reencode: 10, count: 11 } as const

/** Works out what is to be done with a row now; with nothing to be done, it has no tasks and no suspected chunks. */
export function planRow(facts: RowFacts, placement: Placement): RowPlan {
  const { dataId, row } = facts
  const pool = placement.pool(row.pool)
  const wanted = placement.targetPool(pool, row.lengthBytes)
  if (wanted.id === pool.id) return planPlace(facts, { pool, target: pool, isOutdated: false }, placement)
  const set = placement.setOf(wanted, dataId)
  const isWholeSet = set.length === wanted.k + wanted.m && set.every((device) => placement.isUp(device))
  const readable = readableChunks(facts, placement)
  // As long as its new pool cannot be had in full, it is kept whole in the one that it has.
  if (!isWholeSet || readable.length < pool.k) {
    return planPlace(facts, { pool, target: pool, isOutdated: true }, placement)
  }
  // Chunks that are equal stay, and the further ones are made.
  if (haveEqualChunks(wanted, pool) && wanted.blockBytes === pool.blockBytes) {
    return planPlace(facts, { pool, target: wanted, isOutdated: true }, placement)
  }
  const plan = planPlace(facts, { pool, target: pool, isOutdated: true }, placement)
  const tasks = set.map((to, chunk): ChunkTask => ({ chunk, how: 'rebuild', to }))
  const bytes = bytesOf(wanted, row.lengthBytes, tasks)
  const urgency = Math.min(plan.urgency, urgencies.reencode)
  return { ...plan, kind: 'reencode', target: wanted, base: [], set, tasks, bytes, misplaced: 0, urgency }
}

interface Layouts {
  readonly pool: Pool
  readonly target: Pool
  /** Another pool has replaced its own. */
  readonly isOutdated: boolean
}

function planPlace(facts: RowFacts, { pool, target, isOutdated }: Layouts, placement: Placement): RowPlan {
  const { dataId, row, suspects, bad, good } = facts
  const set = placement.setOf(target, dataId)
  const base = Array.from({ length: target.k + target.m }, (_, chunk): ChunkLocation => {
    return (bad?.has(chunk) ? undefined : row.chunks[chunk]) ?? { kind: 'missing' }
  })
  const fates = chunkFates({ chunks: base }, set, placement)
  const tasks = fates.flatMap((fate): ChunkTask[] => {
    if (fate.kind === 'fine' || fate.to === undefined) return []
    return [{ chunk: fate.chunk, how: fate.kind === 'move' ? 'copy' : 'rebuild', to: fate.to }]
  })
  const readable = readableChunks(facts, placement)
  const suspected = row.chunks.flatMap((location, chunk) => {
    const isOpen = isSuspect(suspects, chunk) && !good?.has(chunk) && !bad?.has(chunk)
    return isOpen && isHere(location, placement) ? [chunk] : []
  })
  const isShort = readable.length < row.chunks.length
  const misplaced = tasks.filter(({ how }) => how === 'copy')
  return {
    pool,
    target,
    kind: 'place',
    base,
    tasks,
    set,
    readable,
    suspected,
    isDegraded: isShort || isOutdated,
    isOutdated,
    misplaced: misplaced.length,
    bytes: bytesOf(target, row.lengthBytes, tasks),
    urgency: isShort ? Math.max(0, Math.min(7, readable.length - pool.k)) : urgencyOf(misplaced, row, placement),
  }
}

function urgencyOf(misplaced: readonly ChunkTask[], row: PlacedRow, placement: Placement): number {
  if (misplaced.length === 0) return urgencies.reencode
  const isLeaving = misplaced.some(({ chunk }) => {
    const location = row.chunks[chunk]
    return location?.kind !== 'missing' && placement.device(location?.device ?? -1)?.membership === 'leaving'
  })
  return isLeaving ? urgencies.leaving : urgencies.misplaced
}

function readableChunks({ row, suspects, bad, good }: RowFacts, placement: Placement): number[] {
  return row.chunks.flatMap((location, chunk) => {
    const isDoubted = bad?.has(chunk) === true || (isSuspect(suspects, chunk) && !good?.has(chunk))
    return !isDoubted && isHere(location, placement) ? [chunk] : []
  })
}

function isHere(location: ChunkLocation, placement: Placement): boolean {
  return location.kind !== 'missing' && placement.isUp(location.device)
}

function bytesOf(pool: Pool, lengthBytes: number, tasks: readonly ChunkTask[]): number {
  return tasks.reduce((sum, { chunk }) => sum + storedBytes(chunkBytesOf(pool, lengthBytes, chunk)), 0)
}
