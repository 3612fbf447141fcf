import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** Unix sockets have names of at most 107 bytes (104 on macOS). */
const pathBytesMax = 100

/**
 * Where the keeper of a store listens: in the store, or in a private folder when that path would be too long.
 * @throws Error when that folder is somebody else's, who could listen in the keeper's place
 */
export function keeperSocketPath(root: string): string {
  const path = join(resolve(root), 'keeper.sock')
  if (Buffer.byteLength(path) <= pathBytesMax) return path
  return join(privateFolder(path), 'keeper.sock')
}

/**
 * A folder for sockets that is on none of the drives, for this user alone.
 * @param of what it is for: the same for the same text
 * @throws Error when it is somebody else's, who could listen in our place; or the system's, where none can be made
 */
export function privateFolder(of: string): string {
  const folder = join(tmpdir(), `headrace-${createHash('sha256').update(of).digest('hex').slice(0, 16)}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const { uid, mode } = lstatSync(folder)
  if (uid !== process.getuid?.() || (mode & 0o077) !== 0) {
    throw new Error(`${folder} is not this user's alone. Remove it, or give the store a shorter path.`)
  }
  return folder
}
