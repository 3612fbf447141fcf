import { FormatError } from '../core/bytes.ts'
import { type ChunkFiles, type ChunkSource, readBlocks } from '../store/embedded/data/chunk-reader.ts'
import { folders, parseChunkName, parseSegmentName } from '../store/embedded/data/paths.ts'
import { blockBytes, chunkBytesOf, storedBytes } from '../store/embedded/data/pool.ts'
import { SpanPools, spanBlocks } from '../store/embedded/data/span.ts'
import { type Drive, systemCode } from '../store/embedded/drive/drive.ts'
import type { OpenDrive } from '../store/embedded/drive/drives.ts'
import { type ChunkHeader, chunkFileHeaderBytes, decodeChunkHeader } from '../store/embedded/format/chunk-header.ts'
import { type ChunkLocation, decodeDataRow, sameLocation } from '../store/embedded/format/data-row.ts'
import { dataIdOfTrashKey } from '../store/embedded/index/keys.ts'
import { BackgroundFiles } from './background-files.ts'
import { slicesOf } from './slices.ts'
import { isClosed } from './upkeep/sessions.ts'
import type { WorkStore } from './work-store.ts'

/** A chunk that no data row names, as its own header has it. */
export interface SalvagedChunk {
  readonly header: ChunkHeader
  readonly location: PlacedLocation
  /** Its file, relative to its drive. */
  readonly path: string
  /** Whether every block of it can be read as it was written. */
  readonly isReadable: boolean
  /** Where it stands in the order in which they are given: `after` it, the next one comes. */
  readonly cursor: string
}

export interface SalvageTools {
  readonly store: Pick<WorkStore, 'drives' | 'index' | 'runtime'>
  readonly files: ChunkFiles
  readonly spans: SpanPools
}

type PlacedLocation = Exclude<ChunkLocation, { kind: 'missing' }>
type FoundChunk = Omit<SalvagedChunk, 'isReadable'>

/** Chunks that are held against the trash together: it is gone through once for them. */
const chunksAtOnce = 1_000
/** Data is written within this time: younger data of a process that may live is perhaps not committed yet. */
const writingMsMax = 24 * 3600 * 1000

/**
 * Goes through the drives for chunks that no data row names, nor the trash: those of objects that were deleted or written
 * over and are not cleared away yet, and whatever an index has lost. It changes nothing, and decides nothing: bucket and
 * key are those that the chunk was written for. What may be being written is passed over, and so are drives and files
 * that cannot be read.
 * @param after a cursor; undefined begins at the beginning
 */
export async function* salvage(tools: SalvageTools, after?: string): AsyncGenerator<SalvagedChunk, void, undefined> {
  let batch: FoundChunk[] = []
  for (const drive of tools.store.drives.all()) {
    for await (const found of chunksOf(tools.store, drive, after ?? '')) {
      if (!isUnderWay(tools.store, found) && !isNamed(tools.store, found)) batch.push(found)
      if (batch.length < chunksAtOnce) continue
      yield* examined(tools, batch)
      batch = []
    }
  }
  yield* examined(tools, batch)
}

/** Some of what `salvage` gives, as plain data. */
export interface SalvageList {
  readonly chunks: readonly {
    /** In hexadecimal digits. */
    readonly dataId: string
    readonly chunk: number
    readonly k: number
    readonly m: number
    /** Of the data. */
    readonly lengthBytes: number
    readonly bucket: string
    readonly key: string
    readonly drive: number
    readonly file: string
    /** Where it begins in a segment; `null` for a file of its own. */
    readonly offsetBytes: number | null
    readonly isReadable: boolean
  }[]
  /** To be given as `after` for what follows; `null` at the end. */
  readonly next: string | null
}

/** The next chunks of `salvage`, `limit` of them at the most. */
export async function listSalvage(
  store: SalvageTools['store'],
  { after, limit }: { readonly after: string | null; readonly limit: number },
): Promise<SalvageList> {
  const files = new BackgroundFiles(store.drives, store.runtime.clock)
  const chunks: SalvageList['chunks'][number][] = []
  try {
    for await (const found of salvage({ store, files, spans: new SpanPools() }, after ?? undefined)) {
      const { header, location, path: file, isReadable, cursor } = found
      const { chunk, k, m, bucket, key } = header
      const offsetBytes = location.kind === 'segment' ? location.offset : null
      const data = { dataId: header.dataId.toString('hex'), chunk, k, m, lengthBytes: header.dataBytes, bucket, key }
      chunks.push({ ...data, drive: location.device, file, offsetBytes, isReadable })
      if (chunks.length === limit) return { chunks, next: cursor }
    }
    return { chunks, next: null }
  } finally {
    await files.close()
  }
}

async function* examined(
  tools: SalvageTools,
  batch: readonly FoundChunk[],
): AsyncGenerator<SalvagedChunk, void, undefined> {
  for (const found of await withoutTrash(tools.store, batch)) {
    yield { ...found, isReadable: await isReadable(found, tools) }
  }
}

/** A drive that is gone through, and who is told of what cannot be read on it. */
interface Search {
  readonly device: number
  readonly drive: Drive
  readonly failed: (error: unknown) => void
}

async function* chunksOf({ runtime }: SalvageTools['store'], { device, background: drive }: OpenDrive, after: string) {
  const failed = (error: unknown) =>
    runtime.events.driveFault({ drive: drive.name, what: 'look for chunks that nothing names', error })
  const search: Search = { device, drive, failed }
  try {
    yield* filesOf(search, after)
    yield* segmentsOf(search, after)
  } catch (error) {
    failed(error)
  }
}

/** Sorts as drives, paths and offsets do. */
function cursorOf(device: number, path: string, offset: number): string {
  return `${String(device).padStart(5, '0')}:${path}:${String(offset).padStart(10, '0')}`
}

const lastOffset = 9_999_999_999

async function* filesOf(search: Search, after: string): AsyncGenerator<FoundChunk, void, undefined> {
  const { device, drive } = search
  for (const days of (await drive.list(folders.chunks)).sort()) {
    for (const spread of (await drive.list(`${folders.chunks}/${days}`)).sort()) {
      const folder = `${folders.chunks}/${days}/${spread}`
      for (const name of (await drive.list(folder)).sort()) {
        const path = `${folder}/${name}`
        const cursor = cursorOf(device, path, 0)
        const parsed = parseChunkName(name)
        if (parsed === undefined || cursor <= after) continue
        const { session, serial } = parsed
        const bytes = await readHead(search, path, 0, chunkFileHeaderBytes)
        const header = bytes && headerIn(bytes)?.header
        const isOurs = header?.dataId.equals(parsed.dataId) === true && header.chunk === parsed.chunk
        if (isOurs) yield { header, location: { kind: 'file', device, session, serial }, path, cursor }
      }
    }
  }
}

async function* segmentsOf(search: Search, after: string): AsyncGenerator<FoundChunk, void, undefined> {
  const { device, drive } = search
  for (const name of (await drive.list(folders.segments)).sort()) {
    const segment = parseSegmentName(name)
    const path = `${folders.segments}/${name}`
    if (segment === undefined || cursorOf(device, path, lastOffset) <= after) continue
    for await (const { header, headerBytes, offset } of recordsOf(search, path)) {
      const cursor = cursorOf(device, path, offset)
      if (cursor <= after) continue
      const recordBytes = headerBytes + storedBytes(header.chunkBytes)
      yield { header, location: { kind: 'segment', device, segment, offset, headerBytes, recordBytes }, path, cursor }
    }
  }
}

/** Headers hold a key, so they have no fixed size; this is more than any of them has. */
const headerBytesMax = 2_048
const magic = Buffer.from('HRC1')
/** Read at once where a header is looked for behind a damaged one. */
const searchBytes = 1024 * 1024

interface SegmentRecord {
  readonly header: ChunkHeader
  readonly headerBytes: number
  readonly offset: number
}

/** The records of a segment. Behind one whose header is damaged, it goes on where the next one stands. */
async function* recordsOf(search: Search, path: string): AsyncGenerator<SegmentRecord, void, undefined> {
  for (let offset = 0; ; ) {
    const bytes = await readHead(search, path, offset, headerBytesMax)
    if (bytes === undefined || bytes.length === 0) return
    const found = headerIn(bytes)
    if (found !== undefined) {
      yield { ...found, offset }
      offset += found.headerBytes + storedBytes(found.header.chunkBytes)
      continue
    }
    const window = (await readHead(search, path, offset + 1, searchBytes)) ?? Buffer.alloc(0)
    const at = window.indexOf(magic)
    if (at < 0 && window.length < searchBytes) return
    // A magic number may lie over the end of what was read.
    offset += at < 0 ? searchBytes - magic.length : at + 1
  }
}

/** @returns what the file has there; undefined when it cannot be read */
async function readHead(
  { drive, failed }: Search,
  path: string,
  offset: number,
  length: number,
): Promise<Buffer | undefined> {
  try {
    const file = await drive.open(path, 'read')
    try {
      const bytes = Buffer.alloc(length)
      return bytes.subarray(0, await file.read([bytes], offset))
    } finally {
      await file.close()
    }
  } catch (error) {
    // Others clear away at the same time.
    if (systemCode(error) !== 'ENOENT') failed(error)
    return undefined
  }
}

function headerIn(bytes: Buffer): { header: ChunkHeader; headerBytes: number } | undefined {
  try {
    const found = decodeChunkHeader(bytes)
    const { k, m, dataBytes, chunk, chunkBytes } = found.header
    const isSound = k >= 1 && chunk < k + m && chunkBytesOf({ k }, dataBytes, chunk) === chunkBytes
    return isSound ? found : undefined
  } catch (error) {
    if (error instanceof FormatError || error instanceof RangeError) return undefined
    throw error
  }
}

function isUnderWay(store: SalvageTools['store'], { header, location }: FoundChunk): boolean {
  // Ids begin with the time of their making.
  const ageMs = store.runtime.clock.now() - header.dataId.readUIntBE(0, 6)
  const session = location.kind === 'file' ? location.session : location.segment.session
  return ageMs < writingMsMax && !isClosed(store, session)
}

function isNamed({ index }: SalvageTools['store'], { header, location }: FoundChunk): boolean {
  index.refresh()
  const bytes = index.get('data', header.dataId)
  return bytes !== undefined && names(bytes, { header, location })
}

function names(row: Buffer, { header, location }: Pick<FoundChunk, 'header' | 'location'>): boolean {
  const { chunks } = decodeDataRow(row)
  const named = chunks === 'inline' ? undefined : chunks[header.chunk]
  return named !== undefined && sameLocation(named, location)
}

async function withoutTrash(store: SalvageTools['store'], found: readonly FoundChunk[]): Promise<FoundChunk[]> {
  if (found.length === 0) return []
  const byId = Map.groupBy(found, ({ header }) => header.dataId.toString('latin1'))
  const left = new Set(found)
  for await (const items of slicesOf(store, 'trash')) {
    for (const { key, value } of items) {
      for (const chunk of byId.get(dataIdOfTrashKey(key).toString('latin1')) ?? []) {
        if (names(value, chunk)) left.delete(chunk)
      }
    }
  }
  return [...left]
}

async function isReadable({ header, location }: FoundChunk, { files, spans }: SalvageTools): Promise<boolean> {
  const { dataId, chunk, k, m, dataBytes, chunkBytes } = header
  const source: ChunkSource = { dataId, chunk, pool: { k, m }, lengthBytes: dataBytes, location }
  const pool = spans.of(spanBlocks)
  const span = pool.take()
  try {
    for (let first = 0; first * blockBytes < chunkBytes; first += spanBlocks) {
      await readBlocks(source, { first, count: spanBlocks }, span, files)
    }
    return true
  } catch {
    // Corrupt, gone meanwhile, or on a drive that fails.
    return false
  } finally {
    pool.give(span)
  }
}
