import {
  folders,
  parseChunkName,
  parseSegmentName,
  segmentPath,
  sessionOfTemporary,
} from '../store/embedded/data/paths.ts'
import { decodeSegmentRow, type SessionRow } from '../store/embedded/format/counters.ts'
import { segmentKey } from '../store/embedded/index/keys.ts'
import type { KeeperStore } from '../store/embedded/keeper-store.ts'
import { sessionsOf } from './sessions.ts'
import type { Worker } from './worker.ts'

/** Number of the only drive. */
const device = 0
/** Ids begin with the time of their making; clocks may have been set back by as much. */
const clockSlackMs = 24 * 3600 * 1000

/**
 * Clears away what processes that are gone have left: temporary files, chunk files that were never committed, and
 * segments that nobody appends to any more.
 */
export function sweepSessions(store: KeeperStore): Worker {
  return {
    name: 'sweep-sessions',
    idleMs: 5_000,
    async step() {
      const connected = store.connectedSessions()
      for (const { session, row } of sessionsOf(store)) {
        if (connected.has(session)) continue
        const release = lockSession(store, session)
        if (release === undefined) continue
        try {
          await sweep(store, session, row)
        } finally {
          release()
        }
        return 'more'
      }
      return 'idle'
    },
  }
}

/** @returns undefined while the process of the session lives: it holds the lock */
function lockSession({ place }: KeeperStore, session: number): (() => void) | undefined {
  try {
    const lock = place.lockSession(session)
    return () => lock.release()
  } catch {
    return undefined
  }
}

async function sweep(store: KeeperStore, session: number, row: SessionRow): Promise<void> {
  const { keeper, runtime } = store
  const removed = (await sweepTemporary(store, session)) + (await sweepChunks(store, session, row))
  await sealSegments(store, session)
  await keeper.submit('closeSession', { session })
  runtime.events.log.info({ session, removed }, 'what a process had left behind was cleared away')
}

async function sweepTemporary({ place }: KeeperStore, session: number): Promise<number> {
  let removed = 0
  for (const name of await place.drive.list(folders.temporary)) {
    if (sessionOfTemporary(name) !== session) continue
    await place.drive.remove(`${folders.temporary}/${name}`)
    removed += 1
  }
  // The session is forgotten after this: what came back after a crash would stay for ever.
  if (removed > 0) await place.drive.syncFolder(folders.temporary)
  return removed
}

/** Chunk files without a data row. Their folders are named by time, so only those of the session's life are looked at. */
async function sweepChunks({ place, index }: KeeperStore, session: number, { startedMs }: SessionRow): Promise<number> {
  const { drive } = place
  const first = Math.max(0, startedMs - clockSlackMs)
    .toString(16)
    .padStart(12, '0')
    .slice(0, 5)
  let removed = 0
  for (const days of await drive.list(folders.chunks)) {
    if (days < first) continue
    for (const spread of await drive.list(`${folders.chunks}/${days}`)) {
      const folder = `${folders.chunks}/${days}/${spread}`
      const before = removed
      for (const name of await drive.list(folder)) {
        const chunk = parseChunkName(name)
        if (chunk?.session !== session) continue
        index.refresh()
        if (index.get('data', chunk.dataId) !== undefined || isInTrash(index, chunk.dataId)) continue
        await drive.remove(`${folder}/${name}`)
        removed += 1
      }
      if (removed > before) await drive.syncFolder(folder)
    }
  }
  return removed
}

/** Data in the trash is for another worker, which knows who may be reading. */
function isInTrash(index: KeeperStore['index'], dataId: Buffer): boolean {
  for (const { key } of index.scan('trash', { from: Buffer.alloc(0) })) {
    if (key.subarray(8).equals(dataId)) return true
  }
  return false
}

async function sealSegments({ place, index, keeper }: KeeperStore, session: number): Promise<void> {
  const { drive } = place
  for (const name of await drive.list(folders.segments)) {
    if (name.endsWith('.new') && parseSegmentName(name.slice(0, -4))?.session === session) {
      await drive.remove(`${folders.segments}/${name}`)
    }
    const segment = parseSegmentName(name)
    if (segment?.session !== session) continue
    index.refresh()
    const row = index.get('segments', segmentKey(device, segment))
    if (row !== undefined && decodeSegmentRow(row).sealedBytes > 0) continue
    const file = await drive.open(segmentPath(segment), 'read')
    const sizeBytes = await file.size()
    await file.close()
    await keeper.submit('sealSegment', { device, segment, sizeBytes })
  }
}
