import { mkdir, open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Random } from '../../../core/runtime.ts'
import { folders } from '../data/paths.ts'
import { type DeviceFile, deviceFileName, encodeDeviceFile } from '../format/device-file.ts'
import { type Drive, systemCode } from './drive.ts'
import { whyUnusable } from './inspect-folder.ts'
import { openLocalDrive } from './local-drive.ts'
import { writeFileDurably } from './write-file.ts'

/** A folder cannot be a drive; the message says why, and what to do. */
export class UnusableDriveError extends Error {
  constructor(root: string, why: string) {
    super(`${root} cannot be used as a data folder: ${why}`)
    this.name = 'UnusableDriveError'
  }
}

/**
 * Makes a blank folder, which need not be there yet, a drive. It is one when its device file is there, which comes last.
 * @throws UnusableDriveError
 */
export async function formatDrive(root: string, device: DeviceFile): Promise<Drive> {
  try {
    await makeFolderDurably(resolve(root))
    const drive = openLocalDrive(resolve(root))
    for (const folder of Object.values(folders)) await drive.makeFolder(folder)
    await writeFileDurably(drive, deviceFileName, encodeDeviceFile(device))
    return drive
  } catch (error) {
    throw new UnusableDriveError(root, whyUnusable(error))
  }
}

/** Makes a folder, and those above it. One by one: where nothing can be made, as in /proc, Node's own way to make them all tries again for ever. */
export async function makeFolderDurably(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    const code = systemCode(error)
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolderDurably(dirname(path))
    await mkdir(path, { mode: 0o700 })
  }
  const above = await open(dirname(path), 'r')
  try {
    await above.sync()
  } finally {
    await above.close()
  }
}

/** A random UUID (RFC 9562, version 4) from the injected source of chance. */
export function newUuid(random: Random): string {
  const bytes = random.bytes(16)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
