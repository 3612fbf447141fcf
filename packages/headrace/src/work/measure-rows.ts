import { chunkBytesOf } from '../store/embedded/data/pool.ts'
import { placedRow } from './placed-row.ts'
import { slicesOf } from './slices.ts'
import type { WorkStore } from './work-store.ts'

export interface RowsMeasure {
  readonly rows: number
  /** Of data, and of all its chunks that are somewhere. */
  readonly dataBytes: number
  readonly chunkBytes: number
}

/** How much data is on drives: what there is to look at. */
export async function measureRows(store: WorkStore, signal: AbortSignal): Promise<RowsMeasure> {
  let rows = 0
  let dataBytes = 0
  let chunkBytes = 0
  for await (const items of slicesOf(store, 'data')) {
    signal.throwIfAborted()
    const placement = store.maps.current
    for (const { value } of items) {
      const row = placedRow(value)
      if (row === undefined) continue
      const pool = placement.pool(row.pool)
      rows += 1
      dataBytes += row.lengthBytes
      for (const [chunk, { kind }] of row.chunks.entries()) {
        if (kind !== 'missing') chunkBytes += chunkBytesOf(pool, row.lengthBytes, chunk)
      }
    }
  }
  return { rows, dataBytes, chunkBytes }
}
