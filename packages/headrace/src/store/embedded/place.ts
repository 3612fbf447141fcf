import type { Drives } from './drive/drives.ts'
import type { StoreLock } from './drive/store-lock.ts'
import type { MapSource } from './placement/placement.ts'

/** Where a process has a store: the drives, the map of them, and what goes with the machine. A simulation has its own. */
export interface StorePlace {
  readonly drives: Drives
  readonly maps: MapSource
  /**
   * Taken by the process of a session for as long as it lives.
   * @throws StoreLockedError when it is held
   */
  lockSession(session: number): StoreLock
}
