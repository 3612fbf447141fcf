import { FormatError } from '../core/bytes.ts'
import { segmentPath } from '../store/embedded/data/paths.ts'
import { storedBytes } from '../store/embedded/data/pool.ts'
import { type AppendedRecord, SegmentWriter } from '../store/embedded/data/segment-writer.ts'
import type { DriveFile } from '../store/embedded/drive/drive.ts'
import { decodeChunkHeader } from '../store/embedded/format/chunk-header.ts'
import { decodeSegmentRow } from '../store/embedded/format/counters.ts'
import { type ChunkLocation, type DataRow, decodeDataRow } from '../store/embedded/format/data-row.ts'
import { segmentOfKey } from '../store/embedded/index/keys.ts'
import type { KeeperStore } from '../store/embedded/keeper-store.ts'
import type { Worker } from './worker.ts'

/** Number of the only drive. */
const device = 0
/** A segment is compacted when more than this share of it is garbage; */
const garbageShareMax = 0.5
/** when the drive is nearly full, already then. */
const garbageShareMaxWhenFull = 0.1
/** The share of a drive that is free when it is nearly full. */
const nearlyFullShare = 0.15
/** What is copied takes space until its old place is given back: at most this share of what is free. */
const copyShareMax = 0.5
/** Bytes copied in one step. */
const stepBytes = 4 * 1024 * 1024

type SegmentLocation = ChunkLocation & { kind: 'segment' }

interface LiveRecord {
  readonly dataId: Buffer
  readonly row: DataRow & { readonly chunks: readonly ChunkLocation[] }
  readonly from: SegmentLocation
}

/** Where the work on a segment stands; after a restart it begins anew, and finds less to do. */
interface Progress {
  readonly key: string
  offset: number
}

/**
 * Copies what is left of half-empty segments to a new one, so that their space can be given back. A record is moved by
 * the commit that changes its row; whoever reads the old place may do so until its trash is emptied.
 */
export function compactSegments(store: KeeperStore): Worker {
  let writer: SegmentWriter | undefined
  let progress: Progress | undefined
  /** Segments whose records were all looked at: their space comes back with the trash. */
  const done = new Set<string>()
  return {
    name: 'compact-segments',
    idleMs: 10_000,
    async step() {
      const victim = findVictim(store, done, await store.place.drive.space())
      if (victim === undefined) return 'idle'
      writer ??= await openWriter(store)
      if (progress?.key !== victim.key) progress = { key: victim.key, offset: 0 }
      const { records, nextOffset } = await liveRecords(store, victim, progress.offset)
      await move(store, writer, victim.segment, records)
      progress.offset = nextOffset
      if (nextOffset >= victim.sealedBytes) done.add(victim.key)
      return 'more'
    },
  }
}

interface Victim {
  readonly key: string
  readonly segment: SegmentLocation['segment']
  readonly sealedBytes: number
}

function findVictim(
  { index }: KeeperStore,
  done: ReadonlySet<string>,
  { freeBytes, totalBytes }: { freeBytes: number; totalBytes: number },
): Victim | undefined {
  const garbageShare = freeBytes < totalBytes * nearlyFullShare ? garbageShareMaxWhenFull : garbageShareMax
  index.refresh()
  for (const { key, value } of index.scan('segments', { from: Buffer.alloc(0) })) {
    const { liveRecords, liveBytes, sealedBytes } = decodeSegmentRow(value)
    const name = key.toString('hex')
    if (sealedBytes === 0 || liveRecords === 0 || done.has(name)) continue
    if (liveBytes < sealedBytes * (1 - garbageShare) && liveBytes < freeBytes * copyShareMax) {
      return { key: name, segment: segmentOfKey(key).segment, sealedBytes }
    }
  }
  return undefined
}

async function openWriter({ keeper, place, runtime }: KeeperStore): Promise<SegmentWriter> {
  const { session } = await keeper.submit('openSession', { processId: process.pid, startedMs: runtime.clock.now() })
  // Held to the end of the process: it keeps the session from being swept.
  place.lockSession(session)
  return new SegmentWriter({
    drive: place.drive,
    session,
    events: runtime.events,
    sealed: (segment, sizeBytes) => {
      keeper.submit('sealSegment', { device, segment, sizeBytes }).catch(() => {})
    },
  })
}

/** The next records of a segment that their data rows still point to. */
async function liveRecords(
  store: KeeperStore,
  { segment, sealedBytes }: Victim,
  begin: number,
): Promise<{ records: LiveRecord[]; nextOffset: number }> {
  const records: LiveRecord[] = []
  const file = await store.place.drive.open(segmentPath(segment), 'read')
  try {
    let bytes = 0
    let offset = begin
    while (offset < sealedBytes && bytes < stepBytes) {
      const found = await readHeader(file, offset, sealedBytes)
      // A process that was killed while it wrote leaves a tail that is no record; nothing behind it was ever committed.
      if (found === undefined) return { records, nextOffset: sealedBytes }
      const recordBytes = found.headerBytes + storedBytes(found.header.chunkBytes)
      const live = liveRecord(store, found.header.dataId, segment, offset)
      if (live !== undefined) {
        records.push(live)
        bytes += recordBytes
      }
      offset += recordBytes
    }
    return { records, nextOffset: offset }
  } finally {
    await file.close()
  }
}

/** Headers hold a key, so they have no fixed size; this is more than any of them has. */
const headerBytesMax = 2048

async function readHeader(file: DriveFile, offset: number, end: number) {
  const bytes = Buffer.alloc(Math.min(headerBytesMax, end - offset))
  await file.read([bytes], offset)
  try {
    return decodeChunkHeader(bytes)
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}

function liveRecord(
  { index }: KeeperStore,
  dataId: Buffer,
  { session, number }: Victim['segment'],
  offset: number,
): LiveRecord | undefined {
  index.refresh()
  const bytes = index.get('data', dataId)
  if (bytes === undefined) return undefined
  const { chunks, ...row } = decodeDataRow(bytes)
  if (chunks === 'inline') return undefined
  for (const from of chunks) {
    if (from.kind !== 'segment' || from.offset !== offset) continue
    if (from.segment.session === session && from.segment.number === number) {
      return { dataId, row: { ...row, chunks }, from }
    }
  }
  return undefined
}

/** Copies records word for word, checksums included, and has their rows changed. */
async function move(
  store: KeeperStore,
  writer: SegmentWriter,
  segment: Victim['segment'],
  records: readonly LiveRecord[],
): Promise<void> {
  if (records.length === 0) return
  const file = await store.place.drive.open(segmentPath(segment), 'read')
  const appended: { record: AppendedRecord; live: LiveRecord }[] = []
  try {
    for (const live of records) {
      const bytes = Buffer.alloc(live.from.recordBytes)
      const read = await file.read([bytes], live.from.offset)
      // A copy that lacks its end would take the place of a record that can perhaps be read another time.
      if (read < bytes.length) throw new Error(`${segmentPath(segment)} cannot be read at ${live.from.offset}`)
      appended.push({ record: await writer.append([bytes], bytes.length), live })
    }
    const changes = appended.map(({ record: { segment, offset }, live: { dataId, row, from } }) => {
      const chunks = row.chunks.map((chunk) => (chunk === from ? { ...from, segment, offset } : chunk))
      return { dataId, from: { pool: row.pool, chunks: row.chunks }, to: { pool: row.pool, chunks } }
    })
    await store.keeper.submit('replaceChunks', { changes })
  } finally {
    for (const { record } of appended) record.settle()
    await file.close()
  }
}
