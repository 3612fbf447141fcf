import { resolve } from 'node:path'
import { expandFolders } from '../config/expand-folders.ts'
import { makeFolderDurably, UnusableDriveError } from '../store/embedded/drive/format-drive.ts'
import { requireWritable, whyUnusable } from '../store/embedded/drive/inspect-folder.ts'
import { findStore } from '../store/embedded/find-store.ts'
import { storePaths } from './store-paths.ts'

/** The folders that a server begins with. */
export interface ServerFolders {
  /** Those that can be used now, absolute: locks are taken and keys are kept in each. */
  readonly roots: readonly string[]
  /** Those that an operator names, absolute. */
  readonly folders: readonly string[]
}

/**
 * Looks which folders can be used. Those of a store that begins now are made; nothing is written where a drive may not be
 * mounted.
 * @throws UnusableDriveError when there is no store and a folder cannot be one's, or there is one and none can be used
 */
export async function storeFolders(data: readonly string[]): Promise<ServerFolders> {
  const folders = expandFolders(data).map((folder) => resolve(folder))
  const found = await findStore(folders)
  const roots = (found.drives.length > 0 ? found.drives : found.blanks).map(({ root }) => root)
  if (roots.length === 0) {
    const [first] = found.troubles
    throw new UnusableDriveError(first?.root ?? data.join(', '), first?.why ?? 'there is nothing.')
  }
  for (const each of roots) await makeUsable(each)
  return { folders, roots }
}

/** @throws UnusableDriveError */
export async function makeUsable(root: string): Promise<void> {
  try {
    await makeFolderDurably(storePaths(root).locks)
    await requireWritable(root)
  } catch (error) {
    throw new UnusableDriveError(root, whyUnusable(error))
  }
}
