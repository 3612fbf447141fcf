import { access, constants, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { folders } from '../data/paths.ts'
import type { DeviceFile } from '../format/device-file.ts'
import { readDeviceFile } from './check-drive.ts'
import { systemCode } from './drive.ts'
import { openLocalDrive } from './local-drive.ts'

/** What is in a folder that somebody names for data. */
export type FolderContents =
  | { readonly kind: 'drive'; readonly device: DeviceFile }
  /** Empty, or not there yet. */
  | { readonly kind: 'blank'; readonly exists: boolean }
  /** No drive, but other files, of which these are some. */
  | { readonly kind: 'foreign'; readonly names: readonly string[] }
  /** The sentence says why, and what to do. */
  | { readonly kind: 'unusable'; readonly why: string }

/** What may be in a folder that is going to be a new drive: what file systems and earlier runs put there. */
const harmless = new Set(['lost+found', 'locks', 'logs', 'keys.json', 'keys.json.damaged', '.DS_Store', '.gitkeep'])
const ownFolders = new Set<string>(Object.values(folders))
const namesMax = 3

/** Looks at a folder and changes nothing. A drive may turn out to be read-only: that is for those who open it. */
export async function inspectFolder(root: string): Promise<FolderContents> {
  try {
    const found = await stat(root).catch(noneOnENOENT)
    if (found === undefined) return { kind: 'blank', exists: false }
    if (!found.isDirectory()) return { kind: 'unusable', why: 'it is not a folder.' }
    return (await driveIn(root)) ?? (await strangersIn(root))
  } catch (error) {
    return { kind: 'unusable', why: whyUnusable(error) }
  }
}

function noneOnENOENT(error: unknown): undefined {
  if (systemCode(error) !== 'ENOENT') throw error
}

/** @throws the system's error when this user cannot work in the folder */
export async function requireWritable(root: string): Promise<void> {
  await access(root, constants.R_OK | constants.W_OK | constants.X_OK)
}

/** Why a folder cannot be used, from the system's error, with what to do. */
export function whyUnusable(error: unknown): string {
  return `${(error as Error).message}. Make it writable for this user, or name another with --data.`
}

async function driveIn(root: string): Promise<FolderContents | undefined> {
  try {
    return { kind: 'drive', device: await readDeviceFile(openLocalDrive(root)) }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    if (systemCode(error) !== undefined) throw error
    return {
      kind: 'unusable',
      why: `${(error as Error).message}. Take the drive out of the store and name an empty folder in its place.`,
    }
  }
}

async function strangersIn(root: string): Promise<FolderContents> {
  const names: string[] = []
  for (const name of await readdir(root)) {
    if (!harmless.has(name) && !name.endsWith('.new') && !(await isBlankFolderOfOurs(root, name))) names.push(name)
  }
  if (names.length > 0) return { kind: 'foreign', names: names.slice(0, namesMax) }
  await requireWritable(root)
  return { kind: 'blank', exists: true }
}

/** A crash while the drive was formatted leaves some of its folders. */
async function isBlankFolderOfOurs(root: string, name: string): Promise<boolean> {
  if (!ownFolders.has(name)) return false
  const path = join(root, name)
  return (await stat(path)).isDirectory() && (await readdir(path)).length === 0
}
