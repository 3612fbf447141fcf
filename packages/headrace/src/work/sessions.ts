import { decodeSession, type SessionRow } from '../store/embedded/format/counters.ts'
import { sessionKey, sessionOfKey } from '../store/embedded/index/keys.ts'
import type { WorkStore } from './work-store.ts'

/** The sessions that were opened and not swept yet. */
export function sessionsOf({ index }: Pick<WorkStore, 'index'>): { session: number; row: SessionRow }[] {
  index.refresh()
  return [...index.scan('sessions', { from: Buffer.alloc(0) })].map(({ key, value }) => ({
    session: sessionOfKey(key),
    row: decodeSession(value),
  }))
}

/** Whether a session was swept: whatever is left of it on some drive is nobody's any more. */
export function isClosed({ index }: Pick<WorkStore, 'index'>, session: number): boolean {
  index.refresh()
  return index.get('sessions', sessionKey(session)) === undefined
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
