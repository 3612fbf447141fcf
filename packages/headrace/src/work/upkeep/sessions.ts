import { decodeNumber, decodeSession, type SessionRow } from '../../store/embedded/format/counters.ts'
import { metaKeys, sessionKey, sessionOfKey } from '../../store/embedded/index/keys.ts'
import type { WorkStore } from '../work-store.ts'

/** The sessions that were opened and not swept yet. */
export function sessionsOf({ index }: Pick<WorkStore, 'index'>): { session: number; row: SessionRow }[] {
  index.refresh()
  return [...index.scan('sessions', { from: Buffer.alloc(0) })].map(({ key, value }) => ({
    session: sessionOfKey(key),
    row: decodeSession(value),
  }))
}

/**
 * Whether a session was swept: whatever is left of it on some drive is nobody's any more. Of sessions that this index has
 * never had, as after it was made anew from less than all, nothing is known.
 */
export function isClosed({ index }: Pick<WorkStore, 'index'>, session: number): boolean {
  index.refresh()
  const next = index.get('meta', metaKeys.nextSession)
  const isKnown = next !== undefined && session < decodeNumber(next)
  return isKnown && index.get('sessions', sessionKey(session)) === undefined
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
