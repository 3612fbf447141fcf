import {
  type ChunkFileName,
  folders,
  parseChunkName,
  parseSegmentName,
  segmentPath,
  sessionOfTemporary,
} from '../../store/embedded/data/paths.ts'
import type { Drive } from '../../store/embedded/drive/drive.ts'
import { decodeSegmentRow } from '../../store/embedded/format/counters.ts'
import { type DataRow, decodeDataRow } from '../../store/embedded/format/data-row.ts'
import { dataIdOfTrashKey, segmentKey, segmentOfKey } from '../../store/embedded/index/keys.ts'
import { slicesOf } from '../slices.ts'
import type { WorkStore } from '../work-store.ts'

export interface SweepOptions {
  readonly device: number
  readonly drive: Drive
  /** Whether a session is over: only what such sessions have left is touched. */
  readonly isOver: (session: number) => boolean
  /** Chunk folders of the time before are passed over. */
  readonly sinceMs: number
}

/**
 * Clears away what processes that are gone have left on a drive: temporary files, chunk files that no row names, and
 * segments that nobody appends to any more, which are sealed.
 * @returns how many files were removed
 */
export async function sweepDrive(store: WorkStore, options: SweepOptions): Promise<number> {
  const removed = (await sweepTemporary(options)) + (await sweepChunks(store, options))
  await sealSegments(store, options)
  return removed
}

async function sweepTemporary({ drive, isOver }: SweepOptions): Promise<number> {
  let removed = 0
  for (const name of await drive.list(folders.temporary)) {
    const session = sessionOfTemporary(name)
    if (session === undefined || !isOver(session)) continue
    await drive.remove(`${folders.temporary}/${name}`)
    removed += 1
  }
  // The session is forgotten after this: what came back after a crash would stay for ever.
  if (removed > 0) await drive.syncFolder(folders.temporary)
  return removed
}

/** Folders are named by time, so only those of the sessions' lives are looked at. */
async function sweepChunks(store: WorkStore, options: SweepOptions): Promise<number> {
  const { drive, sinceMs } = options
  const first = Math.max(0, sinceMs).toString(16).padStart(12, '0').slice(0, 5)
  let removed = 0
  for (const days of await drive.list(folders.chunks)) {
    if (days < first) continue
    for (const spread of await drive.list(`${folders.chunks}/${days}`)) {
      removed += await sweepFolder(store, `${folders.chunks}/${days}/${spread}`, options)
    }
  }
  return removed
}

interface LeftFile {
  readonly name: string
  readonly chunk: ChunkFileName
}

async function sweepFolder(store: WorkStore, folder: string, { device, drive, isOver }: SweepOptions): Promise<number> {
  const { index } = store
  const unnamed: LeftFile[] = []
  for (const name of await drive.list(folder)) {
    const chunk = parseChunkName(name)
    if (chunk === undefined || !isOver(chunk.session)) continue
    index.refresh()
    const bytes = index.get('data', chunk.dataId)
    if (bytes === undefined || !isNamed(decodeDataRow(bytes), device, chunk)) unnamed.push({ name, chunk })
  }
  // A row that names it no more has put it into the trash by now, where it is for another worker.
  const left = unnamed.length === 0 ? [] : await withoutTrash(store, device, unnamed)
  for (const { name } of left) await drive.remove(`${folder}/${name}`)
  if (left.length > 0) await drive.syncFolder(folder)
  return left.length
}

/** Whether a row names exactly this file: another of the same data and chunk is not enough. */
function isNamed({ chunks }: Pick<DataRow, 'chunks'>, device: number, file: ChunkFileName): boolean {
  const location = chunks === 'inline' ? undefined : chunks[file.chunk]
  if (location?.kind !== 'file') return false
  return location.device === device && location.session === file.session && location.serial === file.serial
}

async function withoutTrash(store: WorkStore, device: number, files: readonly LeftFile[]): Promise<LeftFile[]> {
  const byId = Map.groupBy(files, ({ chunk }) => chunk.dataId.toString('latin1'))
  const left = new Set(files)
  for await (const items of slicesOf(store, 'trash')) {
    for (const { key, value } of items) {
      for (const file of byId.get(dataIdOfTrashKey(key).toString('latin1')) ?? []) {
        if (isNamed(decodeDataRow(value), device, file.chunk)) left.delete(file)
      }
    }
  }
  return [...left]
}

async function sealSegments(store: WorkStore, { device, drive, isOver }: SweepOptions): Promise<void> {
  const { index, keeper } = store
  const present = new Set<string>()
  const names = await drive.list(folders.segments)
  const begun = names.filter(
    (name) => name.endsWith('.new') && isOver(parseSegmentName(name.slice(0, -4))?.session ?? -1),
  )
  for (const name of begun) await drive.remove(`${folders.segments}/${name}`)
  if (begun.length > 0) await drive.syncFolder(folders.segments)
  for (const name of names) {
    const segment = parseSegmentName(name)
    if (segment === undefined || !isOver(segment.session)) continue
    const key = segmentKey(device, segment)
    present.add(key.toString('hex'))
    index.refresh()
    const row = index.get('segments', key)
    if (row !== undefined && decodeSegmentRow(row).sealedBytes > 0) continue
    const file = await drive.open(segmentPath(segment), 'read')
    const sizeBytes = await file.size().finally(() => file.close())
    await keeper.submit('sealSegment', { device, segment, sizeBytes })
  }
  await sealLost(store, device, { isOver, present })
}

/** Segments whose files are not there any more: once nothing in them is named, their rows are to go as well. */
async function sealLost(
  { index, keeper }: WorkStore,
  device: number,
  { isOver, present }: Pick<SweepOptions, 'isOver'> & { readonly present: ReadonlySet<string> },
): Promise<void> {
  index.refresh()
  const from = segmentKey(device, { session: 0, number: 0 })
  const rows = [...index.scan('segments', { from, to: segmentKey(device + 1, { session: 0, number: 0 }) })]
  for (const { key, value } of rows) {
    const { segment } = segmentOfKey(key)
    const isOpen = decodeSegmentRow(value).sealedBytes === 0
    if (!isOpen || !isOver(segment.session) || present.has(key.toString('hex'))) continue
    await keeper.submit('sealSegment', { device, segment, sizeBytes: 1 })
  }
}
