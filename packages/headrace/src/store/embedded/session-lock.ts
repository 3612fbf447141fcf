import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type StoreLock, takeLock } from './drive/store-lock.ts'

/**
 * The lock of a session, which its process holds for as long as it lives.
 * @param root where the store's processes meet
 * @throws StoreLockedError when it is held
 */
export function lockSession(root: string, session: number): StoreLock {
  const path = join(root, 'locks', `session-${session}`)
  const lock = takeLock(path)
  return {
    release() {
      rmSync(path, { force: true })
      lock.release()
    },
  }
}
