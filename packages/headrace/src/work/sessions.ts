import { decodeSession, type SessionRow } from '../store/embedded/format/counters.ts'
import { sessionOfKey } from '../store/embedded/index/keys.ts'
import type { KeeperStore } from '../store/embedded/keeper-store.ts'

/** The sessions that were opened and not swept yet. */
export function sessionsOf({ index }: KeeperStore): { session: number; row: SessionRow }[] {
  index.refresh()
  return [...index.scan('sessions', { from: Buffer.alloc(0) })].map(({ key, value }) => ({
    session: sessionOfKey(key),
    row: decodeSession(value),
  }))
}

/** Whether the process of a session may still be running. Its number may belong to another by now; then we wait longer. */
export function isAlive({ processId }: SessionRow): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
