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

/**
 * How much data is on drives: what there is to look at.
 * @param device counts only chunks on this one, and the data that they are of
 */
export async function measureRows(store: WorkStore, signal: AbortSignal, device?: number): Promise<RowsMeasure> {
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
      let isCounted = device === undefined
      for (const [chunk, location] of row.chunks.entries()) {
        if (location.kind === 'missing' || (device !== undefined && location.device !== device)) continue
        isCounted = true
        chunkBytes += chunkBytesOf(pool, row.lengthBytes, chunk)
      }
      if (!isCounted) continue
      rows += 1
      dataBytes += row.lengthBytes
    }
  }
  return { rows, dataBytes, chunkBytes }
}
