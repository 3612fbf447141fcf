import { rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { keeperSocketPath, privateFolder } from '../store/embedded/link/socket-path.ts'

/** Where the keeper listens during one run of a server. */
export interface KeeperSocket {
  readonly path: string
  remove(): void
}

/**
 * Chooses a place that is on none of the drives, since any of them may die: a private folder for temporary files. Where
 * none can be made, it is on the first drive.
 * @param root a drive whose lock is held: it is used by no other server
 */
export function chooseKeeperSocket(root: string): KeeperSocket {
  try {
    const { dev, ino } = statSync(root)
    const path = join(privateFolder(`${dev}:${ino}`), 'keeper.sock')
    return { path, remove: () => rmSync(dirname(path), { recursive: true, force: true }) }
  } catch {
    return { path: keeperSocketPath(root), remove() {} }
  }
}
