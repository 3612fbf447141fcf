import type { Drive } from '../src/store/embedded/drive/drive.ts'
import { readWholeFile, writeFileDurably } from '../src/store/embedded/drive/write-file.ts'
import { decodeJournalRecord, encodeJournalRecord } from '../src/store/embedded/format/journal-record.ts'
import { databases } from '../src/store/embedded/index/databases.ts'
import { newestSeq } from '../src/store/embedded/index/entries.ts'
import type { Index, IndexWrite } from '../src/store/embedded/index/index.ts'
import type { IndexMedium } from '../src/store/embedded/keeper/index-medium.ts'
import { replayJournal } from '../src/store/embedded/keeper/journal.ts'
import type { OpenedIndex } from '../src/store/embedded/keeper/open-index.ts'
import { MemoryIndex } from './memory-index.ts'

const everything = { from: Buffer.alloc(0) }
let paths = 0

/**
 * The index of a simulated drive: in memory, made anew at each opening from the drive's snapshot and journal.
 * @param opened told of each index that was opened
 */
export function memoryMedium(drive: Drive, opened: (index: MemoryIndex) => void = () => {}): IndexMedium {
  return {
    async open() {
      const { index, lastSeq: snapshotSeq } = await this.openSnapshot()
      const { lastSeq, journalSeq } = await replayJournal(drive, snapshotSeq, ({ writes }) => index.apply(writes))
      return { ...openedOn(drive, index, lastSeq), needsSnapshot: Math.max(journalSeq, snapshotSeq) < lastSeq }
    },
    async takeSnapshot(index) {
      const writes: IndexWrite[] = []
      index.refresh()
      for (const database of databases) {
        for (const { key, value } of index.scan(database, everything)) writes.push({ database, key, value })
      }
      const seq = newestSeq(index)
      const path = `snapshots/${seq.toString(16).padStart(16, '0')}.records`
      await writeFileDurably(drive, path, encodeJournalRecord({ firstSeq: seq, lastSeq: seq, term: 0, writes }))
      for (const other of await snapshotsOf(drive)) if (other !== path) await drive.remove(other)
      return seq
    },
    async openSnapshot() {
      const index = new MemoryIndex()
      const path = (await snapshotsOf(drive)).at(-1)
      const bytes = path === undefined ? undefined : await readWholeFile(drive, path)
      if (bytes !== undefined) index.apply(decodeJournalRecord(bytes).writes)
      opened(index)
      return openedOn(drive, index, newestSeq(index))
    },
    async clear() {
      for (const folder of ['snapshots', 'journal']) {
        for (const name of await drive.list(folder)) await drive.remove(`${folder}/${name}`)
        await drive.syncFolder(folder)
      }
    },
    markSuspect() {},
  }
}

async function snapshotsOf(drive: Drive): Promise<string[]> {
  const names = await drive.list('snapshots')
  return names.filter((name) => name.endsWith('.records')).map((name) => `snapshots/${name}`)
}

function openedOn(drive: Drive, index: Index, lastSeq: number): OpenedIndex {
  paths += 1
  return { index, path: `${drive.name}/index/${paths}`, lastSeq, isRebuilt: true, async close() {} }
}
