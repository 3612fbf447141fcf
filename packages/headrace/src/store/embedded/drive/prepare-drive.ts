import { accessSync, constants, mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Runtime } from '../../../core/runtime.ts'
import { folders } from '../data/paths.ts'
import { type DeviceFile, decodeDeviceFile, deviceFileName, encodeDeviceFile } from '../format/device-file.ts'
import { type Drive, systemCode } from './drive.ts'
import { openLocalDrive } from './local-drive.ts'
import { readWholeFile, writeFileDurably } from './write-file.ts'

/** A folder cannot be a drive; the message says why, and what to do. */
export class UnusableDriveError extends Error {
  constructor(root: string, why: string) {
    super(`${root} cannot be used as a data folder: ${why}`)
    this.name = 'UnusableDriveError'
  }
}

export interface PreparedDrive {
  readonly root: string
  readonly drive: Drive
  readonly device: DeviceFile
}

/** What may be in a folder that is going to be a new drive: what file systems and earlier runs put there. */
const harmless = new Set(['lost+found', 'locks', 'logs', 'keys.json', '.DS_Store', '.gitkeep'])

/**
 * Opens the folder of a drive; an empty one, or one that does not exist, becomes a new drive of a new store.
 * @throws UnusableDriveError
 */
export async function prepareDrive(
  path: string,
  { clock, random }: Pick<Runtime, 'clock' | 'random'>,
): Promise<PreparedDrive> {
  const root = resolve(path)
  requireFolder(root)
  const drive = openLocalDrive(root)
  const bytes = await readWholeFile(drive, deviceFileName)
  if (bytes !== undefined) return { root, drive, device: decodeDeviceFile(bytes) }
  const foreign = readdirSync(root).filter((name) => !harmless.has(name) && !name.endsWith('.new'))
  if (foreign.length > 0) {
    throw new UnusableDriveError(
      root,
      `it holds other files (${foreign.slice(0, 3).join(', ')}, …) and no store. Name an empty folder.`,
    )
  }
  for (const folder of Object.values(folders)) await drive.makeFolder(folder)
  const device: DeviceFile = { storeId: newUuid(random), deviceId: newUuid(random), device: 0, createdMs: clock.now() }
  await writeFileDurably(drive, deviceFileName, encodeDeviceFile(device))
  return { root, drive, device }
}

function requireFolder(root: string): void {
  try {
    makeFolders(root)
    if (!statSync(root).isDirectory()) throw new UnusableDriveError(root, 'it is not a folder.')
    accessSync(root, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    if (error instanceof UnusableDriveError) throw error
    throw new UnusableDriveError(
      root,
      `${(error as Error).message}. Make it writable for this user, or name another with --data.`,
    )
  }
}

/** One by one: where nothing can be made, as in /proc, Node's own way to make them all tries again for ever. */
function makeFolders(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    const code = systemCode(error)
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    makeFolders(dirname(path))
    mkdirSync(path, { mode: 0o700 })
  }
}

/** A random UUID (RFC 9562, version 4) from the injected source of chance. */
function newUuid(random: Runtime['random']): string {
  const bytes = random.bytes(16)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
