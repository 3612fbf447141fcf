import { type StoreLock, StoreLockedError, takeLock } from '../store/embedded/drive/store-lock.ts'
import { storePaths } from './store-paths.ts'

/**
 * Takes the keeper's lock on every drive: whoever sees another of them must wait as well. A drive that fails is passed
 * over.
 * @throws StoreLockedError when one is held, and the system's error when none can be taken
 */
export function takeKeeperLocks(roots: readonly string[]): StoreLock[] {
  const locks: StoreLock[] = []
  let failure: unknown = new Error('No drive is there for a keeper to lock.')
  for (const root of roots) {
    try {
      locks.push(takeLock(storePaths(root).keeperLock))
    } catch (error) {
      failure = error
      if (error instanceof StoreLockedError) break
    }
  }
  if (locks.length > 0 && !(failure instanceof StoreLockedError)) return locks
  for (const lock of locks) lock.release()
  throw failure
}
