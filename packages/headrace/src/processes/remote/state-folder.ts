import { resolve } from 'node:path'
import { makeUsable, type ServerFolders } from '../store-folders.ts'

/**
 * The folder for keys and logs of a server without drives, which is made where it is not there.
 * @throws UnusableDriveError when it cannot be written
 */
export async function stateFolder(state: string): Promise<ServerFolders> {
  const root = resolve(state)
  await makeUsable(root)
  return { roots: [root], folders: [] }
}
