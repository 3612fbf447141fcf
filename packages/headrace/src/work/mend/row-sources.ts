import type { ChunkLocation } from '../../store/embedded/format/data-row.ts'
import type { StoredData } from '../../store/embedded/stripes/stored-data.ts'
import type { MendTools } from './mend-tools.ts'
import type { RowFacts, RowPlan } from './plan-row.ts'

/** The data of a row as its chunks are read. */
export function dataOf({ dataId, row }: RowFacts, plan: RowPlan): StoredData {
  // Where chunks are placed for another pool they are equal in both: with the greater m all of them have a number.
  const m = plan.kind === 'place' ? Math.max(plan.pool.m, plan.target.m) : plan.pool.m
  return { dataId, pool: { k: plan.pool.k, m }, lengthBytes: row.lengthBytes, chunks: row.chunks }
}

/**
 * Chunks to read from: those of slow drives last, and data before what has to be computed with.
 * @param avoided a device to be read from only where others are too few
 */
export function bestFirst(
  { readable }: RowPlan,
  chunks: readonly ChunkLocation[],
  { store }: MendTools,
  avoided?: number,
): number[] {
  const reluctance = (chunk: number) => {
    const location = chunks[chunk]
    if (location === undefined || location.kind === 'missing') return 0
    return store.drives.get(location.device)?.health.isSlow ? 2 : Number(location.device === avoided)
  }
  return readable.toSorted((a, b) => reluctance(a) - reluctance(b) || a - b)
}
