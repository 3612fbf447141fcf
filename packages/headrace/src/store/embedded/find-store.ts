import { resolve } from 'node:path'
import { atMost } from '../../core/at-most.ts'
import { FormatError } from '../../core/bytes.ts'
import { systemClock } from '../../core/runtime.ts'
import type { Drive } from './drive/drive.ts'
import { fileSystemId } from './drive/file-system-id.ts'
import { UnusableDriveError } from './drive/format-drive.ts'
import { type FolderContents, inspectFolder, requireWritable, whyUnusable } from './drive/inspect-folder.ts'
import { openLocalDrive } from './drive/local-drive.ts'
import { readWholeFile } from './drive/write-file.ts'
import type { DeviceFile } from './format/device-file.ts'
import { decodeMapFile, mapFileName } from './format/map-file.ts'
import { chooseMap } from './placement/choose-map.ts'
import type { StoreMap } from './placement/store-map.ts'

/** A drive that has not answered for so long may hang for ever. */
const defaultPatienceMs = 15_000

/** A folder, and the file system that it is on. */
export interface FoundFolder {
  /** Absolute. */
  readonly root: string
  readonly fileSystemId: string
}

/** A drive of the store that is there. */
export interface FoundDrive extends FoundFolder {
  readonly device: DeviceFile
  readonly capacityBytes: number
  /** Undefined when it has none yet, or none that can be read. */
  readonly map: StoreMap | undefined
  /** Why its map cannot be read. */
  readonly mapError?: unknown
}

/** What the folders hold that an operator names, and those that the store remembers. */
export interface FoundStore {
  /** Undefined when there is no store yet. */
  readonly storeId: string | undefined
  /** The newest map; undefined for a store of before maps, and for none. */
  readonly map: StoreMap | undefined
  readonly drives: readonly FoundDrive[]
  /** Empty folders. */
  readonly blanks: readonly FoundFolder[]
  /** Folders that cannot be used, in a sentence each. */
  readonly troubles: readonly { readonly root: string; readonly why: string }[]
}

/**
 * Looks at the folders of a store, and changes nothing. Drives that the map names and nobody else does are looked for
 * where they were.
 * @param given folders that an operator names
 * @param patienceMs a drive that takes longer to answer cannot be used
 * @throws UnusableDriveError when folders belong to different stores, are the same drive, hold other files, or none can
 *   be used
 * @throws SplitStoreError when drives of one store were opened apart from one another
 */
export async function findStore(given: readonly string[], patienceMs = defaultPatienceMs): Promise<FoundStore> {
  const roots = [...new Set(given.map((path) => resolve(path)))]
  const found = await inspectAll(roots, { patienceMs })
  const storeId = found.drives[0]?.device.storeId
  requireOneStore(found.drives)
  requireDistinct(found.drives)
  // A store that is there can do without one of its drives; a new one should not begin so.
  if (storeId === undefined && found.troubles.length > 0) throw unusable(found.troubles)
  const map = newestMap(found.drives)
  if (map === undefined) return { storeId, map, ...found }
  const remembered = map.devices
    .filter(({ uuid, path }) => !found.drives.some(({ device }) => device.deviceId === uuid) && !roots.includes(path))
    .map(({ path }) => path)
  const more = await inspectAll(remembered, { patienceMs, isLenient: true })
  const drives = [...found.drives, ...more.drives.filter(({ device }) => device.storeId === storeId)]
  requireDistinct(drives)
  return { ...found, storeId, map: newestMap(drives), drives }
}

type Inspected = Pick<FoundStore, 'drives' | 'blanks' | 'troubles'>

/** What came of looking at one folder. */
type Looked =
  | (FolderContents & { readonly kind: 'foreign' | 'unusable' })
  | { readonly kind: 'blank'; readonly folder: FoundFolder }
  | { readonly kind: 'drive'; readonly drive: FoundDrive }

/** All at the same time: one that hangs holds up no other. @param isLenient folders with something else are passed over */
async function inspectAll(
  roots: readonly string[],
  { patienceMs, isLenient = false }: { patienceMs: number; isLenient?: boolean },
): Promise<Inspected> {
  const drives: FoundDrive[] = []
  const blanks: FoundFolder[] = []
  const troubles: { root: string; why: string }[] = []
  const looked = await Promise.all(roots.map(async (root) => ({ root, found: await lookInTime(root, patienceMs) })))
  for (const { root, found } of looked) {
    if (found.kind === 'foreign' && !isLenient) throw new UnusableDriveError(root, whyForeign(found))
    if (found.kind === 'unusable') troubles.push({ root, why: found.why })
    if (found.kind === 'blank') blanks.push(found.folder)
    if (found.kind === 'drive') drives.push(found.drive)
  }
  return { drives, blanks, troubles }
}

async function lookInTime(root: string, patienceMs: number): Promise<Looked> {
  let found: Looked = { kind: 'unusable', why: 'it does not answer. Is its drive well?' }
  const looking = look(root).then((looked) => {
    found = looked
  })
  await atMost(systemClock, patienceMs, looking)
  return found
}

async function look(root: string): Promise<Looked> {
  try {
    const contents = await inspectFolder(root)
    if (contents.kind === 'drive') return { kind: 'drive', drive: await openFound(root, contents.device) }
    if (contents.kind !== 'blank') return contents
    return { kind: 'blank', folder: { root, fileSystemId: await fileSystemId(root) } }
  } catch (error) {
    return { kind: 'unusable', why: whyUnusable(error) }
  }
}

function whyForeign({ names }: FolderContents & { kind: 'foreign' }): string {
  return `it holds other files (${names.join(', ')}, …) and no store. Name an empty folder.`
}

async function openFound(root: string, device: DeviceFile): Promise<FoundDrive> {
  await requireWritable(root)
  const drive = openLocalDrive(root)
  const { totalBytes: capacityBytes } = await drive.space()
  return { root, fileSystemId: await fileSystemId(root), device, capacityBytes, ...(await readMap(drive)) }
}

/** A damaged map is as good as none, as long as others have one. */
async function readMap(drive: Drive): Promise<Pick<FoundDrive, 'map' | 'mapError'>> {
  const bytes = await readWholeFile(drive, mapFileName)
  try {
    return { map: bytes && decodeMapFile(bytes) }
  } catch (mapError) {
    if (mapError instanceof FormatError) return { map: undefined, mapError }
    throw mapError
  }
}

function newestMap(drives: readonly FoundDrive[]): StoreMap | undefined {
  const maps = drives.flatMap(({ root, map, device: { deviceId: uuid } }) =>
    map === undefined ? [] : [{ where: root, uuid, map }],
  )
  const [first, ...others] = maps
  return first && chooseMap([first, ...others]).map
}

function requireOneStore(drives: readonly FoundDrive[]): void {
  const [first, ...others] = drives
  const other = others.find(({ device }) => device.storeId !== first?.device.storeId)
  if (first === undefined || other === undefined) return
  throw new UnusableDriveError(
    other.root,
    `it is a drive of store ${other.device.storeId}, and ${first.root} one of ${first.device.storeId}. Start each store by itself.`,
  )
}

/** Of a drive and a copy of it, which may be older, only one can be right; of one folder by two names, only one is written. */
function requireDistinct(drives: readonly FoundDrive[]): void {
  const seen = new Map<string, string>()
  for (const { root, device } of drives) {
    const same = seen.get(device.deviceId)
    seen.set(device.deviceId, root)
    if (same === undefined) continue
    throw new UnusableDriveError(
      root,
      `it is the same drive as ${same}: a copy of it, or another name for the same folder. Name only the one that the ` +
        'store was used with last.',
    )
  }
}

function unusable(troubles: FoundStore['troubles']): UnusableDriveError {
  const [{ root, why }] = troubles as [FoundStore['troubles'][number]]
  return new UnusableDriveError(root, why)
}
