import { folders } from '../data/paths.ts'
import { type DeviceFile, decodeDeviceFile, deviceFileName } from '../format/device-file.ts'
import { type Drive, isWantOfSpace } from './drive.ts'

/** Another drive is where this one should be. */
export class WrongDriveError extends Error {
  constructor(drive: Drive, found: DeviceFile) {
    super(`${drive.name} is another drive: ${found.deviceId} of store ${found.storeId}`)
    this.name = 'WrongDriveError'
  }
}

/** The drive is there, and the folder that it is in is not the one of before: what is open on it belongs to the other. */
export class ReplacedDriveError extends Error {
  constructor(drive: Drive) {
    super(`${drive.name} is another folder than before`)
    this.name = 'ReplacedDriveError'
  }
}

/**
 * Who a drive is.
 * @throws FormatError, or the system's error: ENOENT when the folder is empty, gone, or not mounted
 */
export async function readDeviceFile(drive: Drive): Promise<DeviceFile> {
  const file = await drive.open(deviceFileName, 'read')
  try {
    const bytes = Buffer.alloc(await file.size())
    await file.read([bytes], 0)
    return decodeDeviceFile(bytes)
  } finally {
    await file.close()
  }
}

/**
 * Whether a drive is there, and the one that it should be.
 * @throws WrongDriveError, FormatError, or the system's error
 */
export async function checkReads(
  drive: Drive,
  { storeId, deviceId }: Pick<DeviceFile, 'storeId' | 'deviceId'>,
): Promise<void> {
  const found = await readDeviceFile(drive)
  if (found.storeId !== storeId || found.deviceId !== deviceId) throw new WrongDriveError(drive, found)
}

/** Makes the folders of a drive that somebody has taken away. To be called only when it is known that the drive is there. */
export async function restoreFolders(drive: Drive): Promise<void> {
  for (const folder of Object.values(folders)) await drive.makeFolder(folder)
}

/**
 * Whether a drive takes bytes and syncs them: writes a small file and removes it. One that is full does, as far as health
 * goes: it can still be read, and bytes removed from it. No folder is made, for there may be no drive under it.
 * @param name of the file: no two processes may check with the same
 * @throws the system's error
 */
export async function checkWrites(drive: Drive, name: string): Promise<void> {
  const path = `${folders.temporary}/${name}`
  await drive.remove(path)
  try {
    const file = await drive.open(path, 'create')
    try {
      await file.write([Buffer.from('Is this drive well?\n')], 0)
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    if (!isWantOfSpace(error)) throw error
  }
  await drive.remove(path)
}
