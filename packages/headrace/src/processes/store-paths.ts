import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { deviceFileName } from '../store/embedded/format/device-file.ts'

/** Files of the server's processes on a drive. */
export function storePaths(root: string) {
  return {
    supervisorLock: join(root, 'locks', 'supervisor'),
    keeperLock: join(root, 'locks', 'keeper'),
    locks: join(root, 'locks'),
  }
}

/** Those of the folders in which there is a drive now. Nothing may be written to the others: they may not be mounted. */
export function presentDrives(roots: readonly string[]): string[] {
  return roots.filter((root) => existsSync(join(root, deviceFileName)))
}

/** Where the access log is: on the first drive that is there. */
export function accessLogPath(roots: readonly string[]): string | undefined {
  const [root] = presentDrives(roots)
  return root === undefined ? undefined : stateLogPath(root)
}

/** Where it is below a folder. */
export function stateLogPath(root: string): string {
  return join(root, 'logs', 'access.jsonl')
}
