import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Log } from '../../core/events.ts'
import type { Runtime } from '../../core/runtime.ts'
import { bootId } from './drive/boot-id.ts'
import type { Drive } from './drive/drive.ts'
import { prepareDrive } from './drive/prepare-drive.ts'
import { type StoreLock, takeLock } from './drive/store-lock.ts'
import type { Index } from './index/index.ts'
import { type OpenedIndex, openIndex, takeSnapshot } from './keeper/open-index.ts'
import { markSuspect } from './keeper/suspect.ts'

/** Where a store lives: its drive, and what of the machine goes with it. A simulation has a place of its own. */
export interface StorePlace {
  readonly drive: Drive
  /** Opens the index, rolled forward to the last commit. */
  openIndex(log: Log, damaged: (error: unknown) => void): Promise<OpenedIndex>
  /** The index may be damaged; the next to open it makes it anew. */
  markSuspect(why: string): void
  /** @returns the last commitSeq that is in the snapshot */
  takeSnapshot(index: Index): Promise<number>
  /**
   * Taken by the process of a session for as long as it lives.
   * @throws StoreLockedError when it is held
   */
  lockSession(session: number): StoreLock
}

/**
 * A store in a folder of this machine.
 * @throws UnusableDriveError
 */
export async function openLocalPlace(path: string, runtime: Pick<Runtime, 'clock' | 'random'>): Promise<StorePlace> {
  const { root, drive } = await prepareDrive(path, runtime)
  return {
    drive,
    openIndex: (log, damaged) => openIndex({ drive, root, bootId: bootId(), log, damaged }),
    markSuspect: (why) => markSuspect(root, why),
    takeSnapshot: (index) => takeSnapshot(drive, root, index),
    lockSession(session) {
      const lockPath = join(root, 'locks', `session-${session}`)
      const lock = takeLock(lockPath)
      return {
        release() {
          rmSync(lockPath, { force: true })
          lock.release()
        },
      }
    },
  }
}
