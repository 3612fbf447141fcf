import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../core/runtime.ts'
import { StoreLockedError, takeLock } from '../store/embedded/drive/store-lock.ts'
import { storePaths } from './store-paths.ts'

/** Children notice that their supervisor is gone at once; this is for a machine that is very busy. */
const patienceMs = 15_000
const retryMs = 100

/**
 * Waits until no process of an earlier run of the server writes to the store any more.
 * @throws StoreLockedError when one still does after a while
 */
export async function waitForOrphans(roots: readonly string[], clock: Clock): Promise<void> {
  const deadline = clock.monotonic() + patienceMs
  for (const root of roots) await waitForOrphansOn(root, clock, deadline)
}

async function waitForOrphansOn(root: string, clock: Clock, deadline: number): Promise<void> {
  const { locks } = storePaths(root)
  const names = readdirSync(locks).filter((name) => name === 'keeper' || /^session-\d+$/.test(name))
  for (const name of names) {
    for (;;) {
      try {
        takeLock(join(locks, name)).release()
        break
      } catch (error) {
        if (!(error instanceof StoreLockedError) || clock.monotonic() > deadline) throw error
        await clock.sleep(retryMs)
      }
    }
  }
}
