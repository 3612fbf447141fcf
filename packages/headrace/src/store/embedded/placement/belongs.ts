import type { ChunkLocation, DataRow } from '../format/data-row.ts'
import type { Placement } from './placement.ts'

/**
 * What is to become of a chunk.
 * - `fine`: it stays, because it is where it belongs, or because nothing better can be done now.
 * - `move`: it is to be copied, from a device that can be read.
 * - `rebuild`: it is lost, and is to be made from the others; `to` is undefined while no device is free for it.
 */
export type ChunkFate =
  | { readonly chunk: number; readonly kind: 'fine' }
  | { readonly chunk: number; readonly kind: 'move'; readonly to: number }
  | { readonly chunk: number; readonly kind: 'rebuild'; readonly to: number | undefined }

/**
 * What is to become of each chunk of a row, by number; none for inline data. A device of the set keeps the one chunk it
 * has, whatever its number. The other chunks go to devices of the set that are up and have none, in set order, lost ones
 * first. A device that is down is not lost: its chunks wait until it is up, or out.
 */
export function chunkFates(row: Pick<DataRow, 'chunks'>, set: readonly number[], placement: Placement): ChunkFate[] {
  if (row.chunks === 'inline') return []
  const settled = new Set<number>()
  const states = row.chunks.map((location) => {
    const state = stateOf(location, set, placement, settled)
    if (location.kind !== 'missing' && state === 'settled') settled.add(location.device)
    return state
  })
  const free = set.filter((device) => !settled.has(device) && placement.isUp(device))
  const fates = states.map((_, chunk): ChunkFate => ({ chunk, kind: 'fine' }))
  states.forEach((state, chunk) => {
    if (state === 'lost') fates[chunk] = { chunk, kind: 'rebuild', to: free.shift() }
  })
  states.forEach((state, chunk) => {
    const to = state === 'misplaced' ? free.shift() : undefined
    if (to !== undefined) fates[chunk] = { chunk, kind: 'move', to }
  })
  return fates
}

/** `settled` are the devices that keep a chunk of this row already: a second one on the same device has to go. */
function stateOf(
  location: ChunkLocation,
  set: readonly number[],
  placement: Placement,
  settled: ReadonlySet<number>,
): 'settled' | 'misplaced' | 'lost' | 'waiting' {
  if (location.kind === 'missing') return 'lost'
  const device = placement.device(location.device)
  if (device === undefined || device.membership === 'out') return 'lost'
  if (set.includes(device.id) && !settled.has(device.id)) return 'settled'
  if (device.isUp) return 'misplaced'
  // A device that an operator takes away and that does not answer is not waited for.
  return device.membership === 'leaving' ? 'lost' : 'waiting'
}

/**
 * Whether data is in a pool that new data takes, and each of its chunks on a device of its set: then a change of the map
 * after which all rows were looked at has not missed it.
 */
export function isAtHome(dataId: Buffer, row: Pick<DataRow, 'pool' | 'chunks'>, placement: Placement): boolean {
  if (row.chunks === 'inline') return true
  const pool = placement.pool(row.pool)
  if (pool.replacedBy !== undefined) return false
  const set = placement.setOf(pool, dataId)
  return row.chunks.every((location) => location.kind === 'missing' || set.includes(location.device))
}
