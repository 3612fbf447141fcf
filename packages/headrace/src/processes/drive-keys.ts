import { KeyFiles } from '../identity/key-files.ts'
import { presentDrives } from './store-paths.ts'

/** Access keys as the drives have them that are there now; all are looked at when none seems to be. */
export function driveKeys(roots: readonly string[]): KeyFiles {
  const present = presentDrives(roots)
  return new KeyFiles(present.length > 0 ? present : roots)
}

/** The same, of the drives that the store has whenever it is asked. */
export function followDriveKeys(roots: () => readonly string[]): Pick<KeyFiles, 'read' | 'stamp'> {
  return { read: () => driveKeys(roots()).read(), stamp: () => driveKeys(roots()).stamp() }
}
