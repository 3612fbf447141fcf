import type { SegmentLocation } from '../../../store/embedded/format/data-row.ts'
import type { StoredData } from '../../../store/embedded/stripes/stored-data.ts'
import { blockCount, runBlocksMax } from '../make-chunks.ts'
import type { MendTools } from '../mend-tools.ts'
import { planRow, type RowFacts, type RowPlan } from '../plan-row.ts'
import { bestFirst, dataOf } from '../row-sources.ts'

/** A row of which small chunks are to be made, from records of segments that nobody has doubts about. */
export interface PlainRow {
  readonly facts: RowFacts
  readonly plan: RowPlan
  readonly data: StoredData
  /** Chunks that lost ones are made from: k of them, or none where chunks only move. */
  readonly sources: readonly number[]
  /** Chunks to be read, each once: the sources, and those that move. */
  readonly reads: readonly number[]
}

/**
 * @param avoided a device to be read from only where there is no other
 * @returns undefined for a row that has to be looked at by itself, or needs nothing
 */
export function plainRow(facts: RowFacts, avoided: number | undefined, tools: MendTools): PlainRow | undefined {
  const plan = planRow(facts, tools.store.maps.current)
  const { kind, tasks, suspected, readable, pool } = plan
  if (kind !== 'place' || tasks.length === 0 || suspected.length > 0 || readable.length < pool.k) return undefined
  const data = dataOf(facts, plan)
  if (blockCount(data) > runBlocksMax) return undefined
  const isRebuilt = tasks.some(({ how }) => how === 'rebuild')
  const sources = isRebuilt ? bestFirst(plan, data.chunks, tools, avoided).slice(0, pool.k) : []
  const moving = tasks.flatMap(({ how, chunk }) => (how === 'copy' ? [chunk] : []))
  const reads = [...new Set([...sources, ...moving])]
  return reads.every((chunk) => locationOf(data, chunk) !== undefined)
    ? { facts, plan, data, sources, reads }
    : undefined
}

/** @returns undefined for a chunk that is not a record of a segment */
export function locationOf({ chunks }: StoredData, chunk: number): SegmentLocation | undefined {
  const location = chunks[chunk]
  return location?.kind === 'segment' ? location : undefined
}
