import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folders } from '../data/paths.ts'

/** The index may be damaged: whoever opens it next makes it anew from snapshot and journal. */
export function markSuspect(root: string, why: string): void {
  writeFileSync(suspectPath(root), `${why}\n`, { mode: 0o600 })
}

export function isSuspect(root: string): boolean {
  return existsSync(suspectPath(root))
}

/** To be called when the index was made anew, and is safe on its drive's journal. */
export function clearSuspect(root: string): void {
  rmSync(suspectPath(root), { force: true })
}

function suspectPath(root: string): string {
  return join(root, folders.index, 'suspect')
}
