import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** Somebody else holds a lock of the store. */
export class StoreLockedError extends Error {
  constructor(path: string, holder: string) {
    super(
      `${path} is locked by another process${holder}. Is a server already running on this folder? Stop it first, or use another --data.`,
    )
    this.name = 'StoreLockedError'
  }
}

/** A lock that is held; the system frees it when the process ends, however it ends. */
export interface StoreLock {
  release(): void
}

/** The collector closes a database that nobody refers to, and its lock would be gone: those that are held are kept here. */
const held = new Set<DatabaseSync>()

/**
 * Takes a lock file. Node has no flock; an exclusive transaction of SQLite does the same, and `kill -9` frees it.
 * @throws StoreLockedError when it is held by somebody else
 */
export function takeLock(path: string): StoreLock {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const database = new DatabaseSync(path)
  try {
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (error instanceof Error && /locked|busy/i.test(error.message)) throw new StoreLockedError(path, holderOf(path))
    throw error
  }
  writeFileSync(holderPath(path), `${process.pid}\n`, { mode: 0o600 })
  held.add(database)
  return {
    release() {
      rmSync(holderPath(path), { force: true })
      held.delete(database)
      database.close()
    },
  }
}

function holderPath(path: string): string {
  return `${path}.pid`
}

function holderOf(path: string): string {
  try {
    return ` (process ${readFileSync(holderPath(path), 'utf8').trim()})`
  } catch {
    return ''
  }
}
