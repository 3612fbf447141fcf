import type { Log } from '../../../core/events.ts'
import type { Drive } from '../drive/drive.ts'
import type { Index } from '../index/index.ts'
import { clearIndex, type OpenedIndex, openIndex, openSnapshot, takeSnapshot } from './open-index.ts'
import { markSuspect } from './suspect.ts'

/** How the index of one drive is kept: as files of LMDB, or as a simulation has it. */
export interface IndexMedium {
  /**
   * Opens what the drive has, rolled forward over its own journal.
   * @throws JournalDamagedError, FormatError, or the system's error
   */
  open(): Promise<OpenedIndex>
  /**
   * Puts a copy of an index, which may be another drive's, in place of the snapshots that the drive has, durably.
   * @returns the last commitSeq that is in it
   * @throws FormatError when a value in the copy does not match its checksum; the snapshots before stay then
   */
  takeSnapshot(index: Index): Promise<number>
  /** Makes the index anew from the newest snapshot alone; the caller rolls it forward. */
  openSnapshot(): Promise<OpenedIndex>
  /** Takes away all that the drive has of index, snapshots and journal. */
  clear(): Promise<void>
  /** The index may be damaged: whoever opens it next makes it anew from snapshot and journal. */
  markSuspect(why: string): void
}

/** A drive that can have journal and index. */
export interface IndexDrive {
  readonly device: number
  readonly drive: Drive
  readonly medium: IndexMedium
}

export interface LmdbMediumOptions {
  readonly drive: Drive
  /** The folder of the drive: LMDB maps files by their path. */
  readonly root: string
  /** Of this run of the operating system; see `bootId`. */
  readonly bootId: string | undefined
  readonly log: Log
}

export function lmdbMedium(options: LmdbMediumOptions): IndexMedium {
  const { drive, root } = options
  // Whoever reads the index meets the damage as an error.
  const opening = { ...options, damaged() {} }
  return {
    open: () => openIndex(opening),
    takeSnapshot: (index) => takeSnapshot(drive, root, index),
    openSnapshot: () => openSnapshot(opening),
    clear: () => clearIndex(drive, root),
    markSuspect: (why) => markSuspect(root, why),
  }
}
