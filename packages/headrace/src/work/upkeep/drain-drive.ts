import { decodeDataRow } from '../../store/embedded/format/data-row.ts'
import type { DatabaseName } from '../../store/embedded/index/databases.ts'
import { segmentKey } from '../../store/embedded/index/keys.ts'
import { Bell } from '../bell.ts'
import { slicesOf } from '../slices.ts'
import type { WorkStore } from '../work-store.ts'
import type { Worker } from '../worker.ts'

/** A gateway may still have written to the drive when the map was new: it is looked at again after so long. */
const confirmMs = 15_000

/**
 * Takes a drive out of the map that nothing names any more.
 * @param isEmpty looks whether that is so; what is committed while it looks, it may not see
 * @returns false when the drive is not empty after all
 */
export type FinishLeaving = (device: number, isEmpty: () => Promise<boolean>) => Promise<unknown>

export interface DrainOptions {
  readonly store: WorkStore
  readonly finishLeaving: FinishLeaving
}

/**
 * Lets go of drives that are to leave once they are empty: no row names a chunk on them, no trash and no segment is left,
 * and journal and index are elsewhere.
 */
export function drainDrives({ store, finishLeaving }: DrainOptions): Worker {
  const bell = new Bell()
  store.maps.onChange(() => bell.ring())
  /** When each was found empty first. */
  const emptySinceMs = new Map<number, number>()
  return {
    name: 'drain-drives',
    idleMs: 5_000,
    bell,
    async step(signal) {
      const leaving = store.maps.current.map.devices.filter(({ membership }) => membership === 'leaving')
      for (const device of emptySinceMs.keys()) {
        if (!leaving.some(({ id }) => id === device)) emptySinceMs.delete(device)
      }
      for (const { id } of leaving) {
        const hasIndex = store.maps.current.map.indexDevices.includes(id)
        if (hasIndex || !(await isEmpty(store, id, signal))) {
          emptySinceMs.delete(id)
          continue
        }
        const nowMs = store.runtime.clock.monotonic()
        const sinceMs = emptySinceMs.get(id) ?? nowMs
        emptySinceMs.set(id, sinceMs)
        if (nowMs - sinceMs < confirmMs) continue
        if ((await finishLeaving(id, () => isEmpty(store, id, signal))) === false) continue
        store.runtime.events.log.info({ device: id }, 'a drive is empty, and has left the store')
        return 'more'
      }
      return 'idle'
    },
  }
}

async function isEmpty(store: WorkStore, device: number, signal: AbortSignal): Promise<boolean> {
  store.index.refresh()
  const from = segmentKey(device, { session: 0, number: 0 })
  const to = segmentKey(device + 1, { session: 0, number: 0 })
  for (const _ of store.index.scan('segments', { from, to, limit: 1 })) return false
  return !(await isNamed(store, 'trash', device, signal)) && !(await isNamed(store, 'data', device, signal))
}

async function isNamed(
  store: WorkStore,
  database: DatabaseName,
  device: number,
  signal: AbortSignal,
): Promise<boolean> {
  for await (const items of slicesOf(store, database)) {
    signal.throwIfAborted()
    for (const { value } of items) {
      const { chunks } = decodeDataRow(value)
      if (chunks !== 'inline' && chunks.some((chunk) => chunk.kind !== 'missing' && chunk.device === device))
        return true
    }
  }
  return false
}
