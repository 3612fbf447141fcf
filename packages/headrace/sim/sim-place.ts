import type { Drive } from '../src/store/embedded/drive/drive.ts'
import { replayJournal } from '../src/store/embedded/keeper/journal.ts'
import type { StorePlace } from '../src/store/embedded/place.ts'
import { MemoryIndex } from './memory-index.ts'

/** A place for one life of a process: its index is in memory, made anew from the journal, and its locks go with it. */
export function simPlace(drive: Drive): StorePlace {
  const held = new Set<number>()
  return {
    drive,
    async openIndex() {
      const index = new MemoryIndex()
      const { lastSeq } = await replayJournal(drive, 0, ({ writes }) => index.apply(writes))
      return { index, path: '', lastSeq, isRebuilt: true, async close() {} }
    },
    markSuspect() {},
    takeSnapshot: () => Promise.reject(new Error('a simulation takes no snapshots')),
    lockSession(session) {
      if (held.has(session)) throw new Error(`session ${session} lives`)
      held.add(session)
      return { release: () => held.delete(session) }
    },
  }
}
