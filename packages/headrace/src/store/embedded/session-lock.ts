import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type StoreLock, StoreLockedError, takeLock } from './drive/store-lock.ts'
import { deviceFileName } from './format/device-file.ts'

/**
 * The lock of a session, which its process holds for as long as it lives: on every drive, so that whoever sees some of
 * them sees it. Drives that are not there, or fail, are passed over.
 * @param roots folders of the store's drives
 * @throws StoreLockedError when it is held, and the system's error when it cannot be taken on any drive
 */
export function lockSession(roots: readonly string[], session: number): StoreLock {
  const taken: { path: string; lock: StoreLock }[] = []
  const release = () => {
    for (const { path, lock } of taken) {
      rmSync(path, { force: true })
      lock.release()
    }
  }
  let failure: unknown = new Error('No drive is there to lock a session on.')
  for (const root of new Set(roots.filter((each) => existsSync(join(each, deviceFileName))))) {
    const path = join(root, 'locks', `session-${session}`)
    try {
      taken.push({ path, lock: takeLock(path) })
    } catch (error) {
      if (error instanceof StoreLockedError) {
        release()
        throw error
      }
      failure = error
    }
  }
  if (taken.length === 0) throw failure
  return { release }
}
