import { join } from 'node:path'
import type { Clock } from '../core/runtime.ts'
import type { CopyTrouble, KeyFiles } from '../identity/key-files.ts'
import { type StoreLock, StoreLockedError, takeLock } from '../store/embedded/drive/store-lock.ts'
import { storePaths } from './store-paths.ts'

/** A change takes milliseconds; a drive may take long to sync. */
const patienceMs = 15_000
const retryMs = 50

/**
 * Changes the access keys of a store, as `KeyFiles.change` does, while no other process does.
 * @throws StoreLockedError when another process does not come to an end with it
 */
export async function changeKeys(
  files: KeyFiles,
  edit: Parameters<KeyFiles['change']>[0],
  clock: Clock,
): Promise<CopyTrouble[]> {
  const locks = await lockAll(files.roots, clock)
  try {
    return files.change(edit)
  } finally {
    for (const lock of locks) lock.release()
  }
}

/** On every drive: another process may not see all of those that this one sees. */
async function lockAll(roots: readonly string[], clock: Clock): Promise<StoreLock[]> {
  const deadline = clock.monotonic() + patienceMs
  for (;;) {
    const locks: StoreLock[] = []
    try {
      for (const root of roots) locks.push(...lockOf(root))
      return locks
    } catch (error) {
      for (const lock of locks) lock.release()
      if (!(error instanceof StoreLockedError) || clock.monotonic() > deadline) throw error
      await clock.sleep(retryMs)
    }
  }
}

/** A drive that cannot be written has no lock, nor will it have a copy: writing that one says why. */
function lockOf(root: string): StoreLock[] {
  try {
    return [takeLock(join(storePaths(root).locks, 'keys'))]
  } catch (error) {
    if (error instanceof StoreLockedError) throw error
    return []
  }
}
