import { decodeSuspects } from '../../store/embedded/format/suspects.ts'
import { placedRow } from '../placed-row.ts'
import { slicesOf } from '../slices.ts'
import type { WorkStore } from '../work-store.ts'
import { planRow, type RowPlan } from './plan-row.ts'

/** A row and what is to be done with it. */
export interface FoundRow {
  readonly dataId: Buffer
  readonly plan: RowPlan
  readonly lengthBytes: number
}

/**
 * Plans every row that has chunks on drives, in slices: those that lack chunks or are suspected only, or all.
 * @param visit called for each; a row of a pool that the map does not have is passed over, loudly
 */
export async function scanRows(
  store: WorkStore,
  which: 'degraded' | 'all',
  signal: AbortSignal,
  visit: (row: FoundRow) => void,
): Promise<void> {
  for await (const items of slicesOf(store, which === 'all' ? 'data' : 'degraded')) {
    signal.throwIfAborted()
    const placement = store.maps.current
    for (const { key, value } of items) {
      const bytes = which === 'all' ? value : store.index.get('data', key)
      const row = bytes && placedRow(bytes)
      if (row === undefined) continue
      const suspects = which === 'all' ? store.index.get('degraded', key) : value
      const facts = { dataId: key, row, suspects: suspects === undefined ? 0 : decodeSuspects(suspects) }
      try {
        visit({ dataId: key, plan: planRow(facts, placement), lengthBytes: row.lengthBytes })
      } catch (error) {
        store.runtime.events.log.error({ err: error, dataId: key.toString('hex') }, 'a data row cannot be placed')
      }
    }
  }
}

/** Whether there is anything that could be done for a row now. */
export function isActionable({ tasks, suspected, target, pool }: RowPlan): boolean {
  return tasks.length > 0 || suspected.length > 0 || target.id !== pool.id
}
