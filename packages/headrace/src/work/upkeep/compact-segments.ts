import { FormatError } from '../../core/bytes.ts'
import { segmentPath } from '../../store/embedded/data/paths.ts'
import { blockBytes, blockChecksumBytes, saltOf, storedBytes } from '../../store/embedded/data/pool.ts'
import type { AppendedRecord } from '../../store/embedded/data/segment-writer.ts'
import type { Drive, DriveFile } from '../../store/embedded/drive/drive.ts'
import { blockChecksum } from '../../store/embedded/format/checksum.ts'
import { type ChunkHeader, decodeChunkHeader } from '../../store/embedded/format/chunk-header.ts'
import { decodeSegmentRow } from '../../store/embedded/format/counters.ts'
import type { ChunkLocation, SegmentId } from '../../store/embedded/format/data-row.ts'
import { segmentOfKey } from '../../store/embedded/index/keys.ts'
import type { BackgroundWriter } from '../background-writer.ts'
import type { PlacedRow } from '../mend/plan-row.ts'
import { placedRow } from '../placed-row.ts'
import type { WorkStore } from '../work-store.ts'
import type { Worker } from '../worker.ts'
import { driveState } from './drive-state.ts'

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
  readonly row: PlacedRow
  readonly chunk: number
  readonly from: SegmentLocation
}

/** Where the work on a segment stands; after a restart it begins anew, and finds less to do. */
interface Progress {
  readonly key: string
  offset: number
}

interface Victim {
  readonly key: string
  readonly device: number
  readonly drive: Drive
  readonly segment: SegmentId
  readonly sealedBytes: number
}

/**
 * Copies what is left of half-empty segments to another one of the same drive, so that their space can be given back. A
 * record is moved by the commit that changes its row; whoever reads the old place may do so until its trash is emptied.
 */
export function compactSegments(store: WorkStore, writer: BackgroundWriter): Worker {
  let progress: Progress | undefined
  /** Segments whose records were all looked at: their space comes back with the trash. */
  const done = new Set<string>()
  return {
    name: 'compact-segments',
    idleMs: 10_000,
    async step() {
      const victim = await findVictim(store, done)
      if (victim === undefined) return 'idle'
      if (progress?.key !== victim.key) progress = { key: victim.key, offset: 0 }
      const { records, nextOffset } = await liveRecords(store, victim, progress.offset)
      await move(store, writer, victim, records)
      progress.offset = nextOffset
      if (nextOffset >= victim.sealedBytes) done.add(victim.key)
      return 'more'
    },
  }
}

async function findVictim(store: WorkStore, done: ReadonlySet<string>): Promise<Victim | undefined> {
  for (const { device } of store.drives.all()) {
    const state = driveState(store, device)
    // Of a drive that is to leave, everything is moved anyway.
    if (state.kind !== 'up' || store.maps.current.device(device)?.membership !== 'in') continue
    const victim = findOnDrive(store, { device, drive: state.drive }, await state.drive.space(), done)
    if (victim !== undefined) return victim
  }
  return undefined
}

function findOnDrive(
  { index }: WorkStore,
  { device, drive }: { readonly device: number; readonly drive: Drive },
  { freeBytes, totalBytes }: { readonly freeBytes: number; readonly totalBytes: number },
  done: ReadonlySet<string>,
): Victim | undefined {
  const garbageShare = freeBytes < totalBytes * nearlyFullShare ? garbageShareMaxWhenFull : garbageShareMax
  index.refresh()
  for (const { key, value } of index.scan('segments', { from: deviceKey(device), to: deviceKey(device + 1) })) {
    const { liveRecords, liveBytes, sealedBytes } = decodeSegmentRow(value)
    const name = key.toString('hex')
    if (sealedBytes === 0 || liveRecords === 0 || done.has(name)) continue
    if (liveBytes < sealedBytes * (1 - garbageShare) && liveBytes < freeBytes * copyShareMax) {
      return { key: name, device, drive, segment: segmentOfKey(key).segment, sealedBytes }
    }
  }
  return undefined
}

/** The place before the segments of a device. */
function deviceKey(device: number): Buffer {
  const key = Buffer.alloc(2)
  key.writeUInt16BE(device)
  return key
}

/** The next records of a segment that their data rows still point to. */
async function liveRecords(
  store: WorkStore,
  { device, drive, segment, sealedBytes }: Victim,
  begin: number,
): Promise<{ records: LiveRecord[]; nextOffset: number }> {
  const records: LiveRecord[] = []
  const file = await drive.open(segmentPath(segment), 'read')
  try {
    let bytes = 0
    let offset = begin
    while (offset < sealedBytes && bytes < stepBytes) {
      const found = await readHeader(file, offset, sealedBytes)
      // A process that was killed while it wrote leaves a tail that is no record; nothing behind it was ever committed.
      if (found === undefined) return { records, nextOffset: sealedBytes }
      const recordBytes = found.headerBytes + storedBytes(found.header.chunkBytes)
      const live = liveRecord(store, found.header.dataId, { device, segment, offset })
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
  return headerOf(bytes)
}

function headerOf(bytes: Buffer): { header: ChunkHeader; headerBytes: number } | undefined {
  try {
    return decodeChunkHeader(bytes)
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}

function liveRecord(
  { index }: WorkStore,
  dataId: Buffer,
  { device, segment, offset }: Pick<SegmentLocation, 'device' | 'segment' | 'offset'>,
): LiveRecord | undefined {
  index.refresh()
  const bytes = index.get('data', dataId)
  const row = bytes && placedRow(bytes)
  if (row === undefined) return undefined
  for (const [chunk, from] of row.chunks.entries()) {
    if (from.kind !== 'segment' || from.device !== device || from.offset !== offset) continue
    if (from.segment.session === segment.session && from.segment.number === segment.number) {
      return { dataId, row, chunk, from }
    }
  }
  return undefined
}

/** Copies records word for word, checksums included, and has their rows changed. Bad ones stay, and are healed. */
async function move(
  store: WorkStore,
  writer: BackgroundWriter,
  { device, drive, segment }: Victim,
  records: readonly LiveRecord[],
): Promise<void> {
  if (records.length === 0) return
  const { segments } = await writer.target(device)
  const file = await drive.open(segmentPath(segment), 'read')
  const appended: { record: AppendedRecord; live: LiveRecord }[] = []
  const bad: { dataId: Buffer; chunk: number }[] = []
  try {
    for (const live of records) {
      const bytes = Buffer.alloc(live.from.recordBytes)
      const read = await file.read([bytes], live.from.offset)
      if (read === bytes.length && isIntact(store, bytes, live)) {
        appended.push({ record: await segments.append([bytes], bytes.length), live })
      } else {
        bad.push(live)
      }
    }
    if (bad.length > 0) {
      await store.keeper.submit('suspectChunks', { chunks: bad.map(({ dataId, chunk }) => ({ dataId, chunk })) })
    }
    const changes = appended.map(({ record, live: { dataId, row, chunk, from } }) => {
      const to = { ...from, segment: record.segment, offset: record.offset }
      return {
        dataId,
        from: { pool: row.pool, chunks: row.chunks },
        to: { pool: row.pool, chunks: row.chunks.with(chunk, to) },
      }
    })
    await store.keeper.submit('replaceChunks', { changes })
  } finally {
    for (const { record } of appended) record.settle()
    await file.close()
  }
}

/** Whether a record is what was written: its header, and every block. */
function isIntact({ maps }: WorkStore, bytes: Buffer, { dataId, row, chunk }: LiveRecord): boolean {
  const found = headerOf(bytes)
  if (found === undefined || found.header.chunk !== chunk || !found.header.dataId.equals(dataId)) return false
  const salt = saltOf(maps.current.pool(row.pool), chunk)
  let at = found.headerBytes
  for (let block = 0; at < bytes.length; block += 1) {
    const end = Math.min(at + blockBytes, bytes.length - blockChecksumBytes)
    if (blockChecksum(bytes.subarray(at, end), dataId, block, salt) !== bytes.readUInt32LE(end)) return false
    at = end + blockChecksumBytes
  }
  return true
}
