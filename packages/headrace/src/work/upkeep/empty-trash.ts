import { chunkPath, segmentPath } from '../../store/embedded/data/paths.ts'
import { decodeSegmentRow } from '../../store/embedded/format/counters.ts'
import { type DataRow, decodeDataRow } from '../../store/embedded/format/data-row.ts'
import { dataIdOfTrashKey, segmentOfKey, seqOfTrashKey } from '../../store/embedded/index/keys.ts'
import { behind } from '../slices.ts'
import type { WorkStore } from '../work-store.ts'
import type { Worker } from '../worker.ts'
import { driveState } from './drive-state.ts'
import { FileRemoval } from './file-removal.ts'
import { isAlive, isClosed, sessionsOf } from './sessions.ts'

const everything: Buffer = Buffer.alloc(0)
const entriesPerStep = 256

/**
 * Removes the files of data that nothing uses any more, once every read that may have it open is over; then segments in
 * which nothing is left. What is on drives that do not answer waits for them; what is on drives that are gone or given up
 * is forgotten, since these are looked through when they come back.
 */
export function emptyTrash(store: WorkStore, ownReads: () => number | undefined): Worker {
  /** Entries before this one wait for a drive, as long as the map is the same. */
  let waiting = { epoch: 0, from: everything }
  return {
    name: 'empty-trash',
    idleMs: 1_000,
    async step() {
      const { epoch } = store.maps.current.map
      if (waiting.epoch !== epoch) waiting = { epoch, from: everything }
      const { looked, next } = await removeData(store, oldestRead(store, ownReads), waiting.from)
      waiting = { epoch, from: next }
      const segments = await removeSegments(store)
      return looked + segments > 0 ? 'more' : 'idle'
    },
  }
}

/** What was thrown away before this commit, nobody reads any more. */
function oldestRead(store: WorkStore, ownReads: () => number | undefined): number {
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

interface Entry {
  readonly key: Buffer
  readonly row: DataRow
}

/** @returns how many entries were looked at, and behind which of them to go on: before it, all that are left wait */
async function removeData(store: WorkStore, before: number, from: Buffer): Promise<{ looked: number; next: Buffer }> {
  const { index, keeper } = store
  index.refresh()
  const entries: Entry[] = []
  for (const { key, value } of index.scan('trash', { from, limit: entriesPerStep })) {
    if (seqOfTrashKey(key) > before) break
    entries.push({ key, row: decodeDataRow(value) })
  }
  const ready = entries.filter(({ row }) => !isWaiting(store, row))
  const removal = new FileRemoval(store)
  for (const { key, row } of ready) addFiles(removal, dataIdOfTrashKey(key), row)
  await removal.run()
  const keys = ready
    .filter(({ row }) => devicesOf(row).every((device) => !removal.failed.has(device)))
    .map(({ key }) => key)
  if (keys.length > 0) await keeper.submit('emptyTrash', { keys })
  removal.throwFirst()
  const last = entries.at(-1)
  return { looked: entries.length, next: last === undefined ? from : behind(last.key) }
}

function isWaiting(store: WorkStore, row: DataRow): boolean {
  return devicesOf(row).some((device) => driveState(store, device).kind === 'away')
}

/** Of chunks in files of their own. */
function devicesOf({ chunks }: DataRow): number[] {
  if (chunks === 'inline') return []
  return chunks.flatMap((chunk) => (chunk.kind === 'file' ? [chunk.device] : []))
}

function addFiles(removal: FileRemoval, dataId: Buffer, { chunks }: DataRow): void {
  if (chunks === 'inline') return
  for (const [chunk, location] of chunks.entries()) {
    if (location.kind === 'file') removal.add(location.device, chunkPath({ ...location, dataId, chunk }))
  }
}

async function removeSegments(store: WorkStore): Promise<number> {
  const { index, keeper } = store
  index.refresh()
  const removal = new FileRemoval(store)
  const empty: { readonly key: Buffer; readonly device: number }[] = []
  const unsealed: ReturnType<typeof segmentOfKey>[] = []
  for (const { key, value } of index.scan('segments', { from: everything })) {
    const { liveRecords, sealedBytes } = decodeSegmentRow(value)
    const { device, segment } = segmentOfKey(key)
    const { kind } = driveState(store, device)
    if (liveRecords > 0 || kind === 'away') continue
    // Nobody can seal what was on a drive that is gone, or given up when its writer died.
    const isNobodys = kind === 'gone' || (kind === 'given up' && isClosed(store, segment.session))
    if (sealedBytes === 0 && !isNobodys) continue
    if (sealedBytes === 0) unsealed.push({ device, segment })
    empty.push({ key, device })
    removal.add(device, segmentPath(segment))
    if (empty.length === entriesPerStep) break
  }
  await removal.run()
  for (const { device, segment } of unsealed) await keeper.submit('sealSegment', { device, segment, sizeBytes: 1 })
  const keys = empty.filter(({ device }) => !removal.failed.has(device)).map(({ key }) => key)
  if (keys.length > 0) await keeper.submit('dropSegments', { keys })
  removal.throwFirst()
  return keys.length
}
