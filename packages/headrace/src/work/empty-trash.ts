import { chunkPath, segmentPath } from '../store/embedded/data/paths.ts'
import type { Drive } from '../store/embedded/drive/drive.ts'
import { decodeSegmentRow } from '../store/embedded/format/counters.ts'
import { decodeDataRow } from '../store/embedded/format/data-row.ts'
import { dataIdOfTrashKey, segmentOfKey, seqOfTrashKey } from '../store/embedded/index/keys.ts'
import type { KeeperStore } from '../store/embedded/keeper-store.ts'
import { isAlive, sessionsOf } from './sessions.ts'
import type { Worker } from './worker.ts'

const everything = { from: Buffer.alloc(0) }
const entriesPerStep = 256

/**
 * Removes the files of data that nothing uses any more, once every read that may have it open is over; then segments in
 * which nothing is left.
 */
export function emptyTrash(store: KeeperStore, ownReads: () => number | undefined): Worker {
  return {
    name: 'empty-trash',
    idleMs: 1_000,
    async step() {
      const removed = (await removeData(store, oldestRead(store, ownReads))) + (await removeSegments(store))
      return removed > 0 ? 'more' : 'idle'
    },
  }
}

/** What was thrown away before this commit, nobody reads any more. */
function oldestRead(store: KeeperStore, ownReads: () => number | undefined): number {
  const connected = store.connectedSessions()
  let oldest = ownReads() ?? Number.POSITIVE_INFINITY
  for (const { session, row } of sessionsOf(store)) {
    const reported = connected.get(session)
    if (reported !== undefined) oldest = Math.min(oldest, reported)
    // A gateway that lives and is not connected now, after the keeper was started anew, may have reads under way.
    else if (isAlive(row) && row.processId !== process.pid) return 0
  }
  return oldest === Number.POSITIVE_INFINITY ? store.keeper.lastSeq : oldest
}

async function removeData({ index, keeper, place }: KeeperStore, before: number): Promise<number> {
  index.refresh()
  const keys: Buffer[] = []
  const files: string[] = []
  for (const { key, value } of index.scan('trash', { ...everything, limit: entriesPerStep })) {
    if (seqOfTrashKey(key) > before) break
    const { chunks } = decodeDataRow(value)
    keys.push(key)
    if (chunks === 'inline') continue
    for (const [number, chunk] of chunks.entries()) {
      if (chunk.kind === 'file') files.push(chunkPath({ ...chunk, dataId: dataIdOfTrashKey(key), chunk: number }))
    }
  }
  await removeFiles(place.drive, files)
  if (keys.length > 0) await keeper.submit('emptyTrash', { keys })
  return keys.length
}

async function removeSegments({ index, keeper, place }: KeeperStore): Promise<number> {
  index.refresh()
  const keys: Buffer[] = []
  for (const { key, value } of index.scan('segments', everything)) {
    const { liveRecords, sealedBytes } = decodeSegmentRow(value)
    if (liveRecords === 0 && sealedBytes > 0) keys.push(key)
    if (keys.length === entriesPerStep) break
  }
  await removeFiles(
    place.drive,
    keys.map((key) => segmentPath(segmentOfKey(key).segment)),
  )
  if (keys.length > 0) await keeper.submit('dropSegments', { keys })
  return keys.length
}

/**
 * Removes files so that they stay removed. It comes before the index forgets them: if it is broken off, the index still
 * says what is left to do.
 */
async function removeFiles(drive: Drive, paths: readonly string[]): Promise<void> {
  for (const path of paths) await drive.remove(path)
  const touched = new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/'))))
  for (const folder of touched) await drive.syncFolder(folder)
}
