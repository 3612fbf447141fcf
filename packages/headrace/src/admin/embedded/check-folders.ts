import { dirname, resolve, sep } from 'node:path'
import { systemCode } from '../../store/embedded/drive/drive.ts'
import { fileSystemId, mayAdopt } from '../../store/embedded/drive/file-system-id.ts'
import { inspectFolder, requireWritable, whyUnusable } from '../../store/embedded/drive/inspect-folder.ts'
import { openLocalDrive } from '../../store/embedded/drive/local-drive.ts'
import { type DrivePlace, thisHost } from '../../store/embedded/opening-map.ts'
import type { NewDrive as NewDevice } from '../../store/embedded/placement/edit-map.ts'
import type { StoreMap } from '../../store/embedded/placement/store-map.ts'
import { AdminError } from '../admin-error.ts'
import type { NewDrive } from '../store-admin.ts'
import type { DriveSpace } from './drive-spaces.ts'

/** A folder that can become a drive. */
export interface NewFolder extends Omit<NewDevice, 'uuid' | 'capacityBytes'> {
  readonly space: DriveSpace
  /** Somebody began to add it and did not come to the end: it is this drive already, of our store, but not in its map. */
  readonly uuid: string | undefined
}

export interface FolderCheck {
  readonly map: StoreMap
  readonly places: readonly DrivePlace[]
}

/**
 * Looks whether folders can become drives of the store, and writes nothing.
 * @throws AdminError that names the folder and says what to do
 */
export async function checkFolders(drives: readonly NewDrive[], check: FolderCheck): Promise<NewFolder[]> {
  const wanted = drives.map((drive) => ({ ...drive, path: resolve(drive.path) }))
  for (const [index, { path }] of wanted.entries()) {
    const others = wanted.slice(0, index).map((other) => other.path)
    const near = others.find((other) => path === other || isInside(path, other) || isInside(other, path))
    if (near === undefined) continue
    throw new AdminError('InvalidRequest', `${path} and ${near} are not two drives.`, 'Name each folder once.')
  }
  const folders: NewFolder[] = []
  for (const drive of wanted) folders.push(await checkFolder(drive, check))
  return folders
}

async function checkFolder(drive: NewDrive, { map, places }: FolderCheck): Promise<NewFolder> {
  const { path } = drive
  const around = map.devices.find((device) => isInside(path, device.path) || isInside(device.path, path))
  if (around !== undefined) {
    throw refused(path, `it and drive ${around.id} (${around.path}) lie in one another`, 'Name a folder of its own.')
  }
  const uuid = await uuidOf(path, map)
  try {
    const exists = await existingFolder(path)
    await requireWritable(exists)
    const place = places.find((each) => resolve(each.path) === path)
    return {
      path,
      uuid,
      fileSystemId: await fileSystemId(path),
      host: drive.host ?? place?.host ?? thisHost,
      rack: drive.rack ?? place?.rack,
      // The request always names a class; what it names by default is what the settings may know better.
      deviceClass: drive.deviceClass === 'hot' ? (place?.deviceClass ?? 'hot') : drive.deviceClass,
      space: await openLocalDrive(exists).space(),
    }
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    throw new AdminError('UnusableDrive', `${path} cannot be a drive: ${whyUnusable(error)}`)
  }
}

/** @returns that of a drive whose adding was broken off; undefined for a blank folder */
async function uuidOf(path: string, map: StoreMap): Promise<string | undefined> {
  const contents = await inspectFolder(path)
  const elsewhere = 'Name an empty folder.'
  if (contents.kind === 'unusable') throw new AdminError('UnusableDrive', `${path} cannot be a drive: ${contents.why}`)
  if (contents.kind === 'foreign')
    throw refused(path, `it holds other files (${contents.names.join(', ')}, …)`, elsewhere)
  if (contents.kind === 'blank') {
    await requireMounted(path, map)
    return undefined
  }
  const { storeId, deviceId, device } = contents.device
  if (storeId !== map.storeId) throw refused(path, `it is a drive of another store, ${storeId}`, elsewhere)
  const known = map.devices.find(({ uuid }) => uuid === deviceId)
  if (known !== undefined) throw refused(path, `it is drive ${known.id} of this store already`, elsewhere)
  if (device < map.nextDevice) {
    throw refused(path, `it was drive ${device} of this store and was taken out`, 'Empty it to add it as a new one.')
  }
  return deviceId
}

/** Where a drive was, an empty folder may be one whose file system is not mounted: nothing is written there. */
async function requireMounted(path: string, { devices }: StoreMap): Promise<void> {
  const before = devices.find((device) => device.path === path)
  if (before === undefined) return
  if (before.isUp)
    throw refused(path, `drive ${before.id} is there`, 'Wait until the server has seen what became of it.')
  const isOther = !(await mayAdopt(path, before.fileSystemId))
  if (isOther && !(await fileSystemId(path)).endsWith('/mount')) {
    throw refused(
      path,
      `drive ${before.id} was there, on another file system`,
      'Is it mounted? Mount it, or the new one.',
    )
  }
}

function refused(path: string, why: string, remedy: string): AdminError {
  return new AdminError('UnusableDrive', `${path} cannot be a new drive: ${why}.`, remedy)
}

/** The folder, or the one that it will be made in. */
async function existingFolder(path: string): Promise<string> {
  try {
    await openLocalDrive(path).space()
    return path
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || dirname(path) === path) throw error
    return await existingFolder(dirname(path))
  }
}

function isInside(path: string, other: string): boolean {
  return path.startsWith(other.endsWith(sep) ? other : `${other}${sep}`)
}
