import { decodeDataRow } from '../store/embedded/format/data-row.ts'
import { decodeSuspects } from '../store/embedded/format/suspects.ts'
import type { PlacedRow, RowFacts } from './mend/plan-row.ts'
import type { WorkStore } from './work-store.ts'

/** @returns undefined for a row without chunks on drives: its bytes are in the index */
export function placedRow(bytes: Buffer): PlacedRow | undefined {
  const row = decodeDataRow(bytes)
  return row.chunks === 'inline' ? undefined : { ...row, chunks: row.chunks }
}

/** A row as it is now, and what is suspected of it. @returns undefined when it is gone, or has no chunks on drives */
export function rowFacts({ index }: Pick<WorkStore, 'index'>, dataId: Buffer): RowFacts | undefined {
  index.refresh()
  const bytes = index.get('data', dataId)
  const row = bytes && placedRow(bytes)
  if (row === undefined) return undefined
  const suspects = index.get('degraded', dataId)
  return { dataId, row, suspects: suspects === undefined ? 0 : decodeSuspects(suspects) }
}
