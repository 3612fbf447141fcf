import type { StoreLock } from '../../store/embedded/drive/store-lock.ts'
import type { SessionRow } from '../../store/embedded/format/counters.ts'
import type { WorkStore } from '../work-store.ts'
import type { Worker } from '../worker.ts'
import { driveState } from './drive-state.ts'
import { sessionsOf } from './sessions.ts'
import { sweepDrive } from './sweep-drive.ts'

/** Ids begin with the time of their making; clocks may have been set back by as much. */
const clockSlackMs = 24 * 3600 * 1000

/**
 * Clears away what processes that are gone have left, on all drives that answer. The others are looked through when they
 * come back.
 * @param missed told of each of those: one that came back in the meantime was looked through too early
 */
export function sweepSessions(store: WorkStore, missed: (device: number) => void = () => {}): Worker {
  return {
    name: 'sweep-sessions',
    idleMs: 5_000,
    async step() {
      const connected = store.connectedSessions()
      for (const { session, row } of sessionsOf(store)) {
        if (connected.has(session)) continue
        const lock = lockSession(store, session)
        if (lock === undefined) continue
        try {
          for (const device of await sweep(store, session, row)) missed(device)
        } finally {
          lock.release()
        }
        return 'more'
      }
      return 'idle'
    },
  }
}

/** @returns undefined while the process of the session lives: it holds the lock */
function lockSession(store: WorkStore, session: number): StoreLock | undefined {
  try {
    return store.lockSession(session)
  } catch {
    return undefined
  }
}

/** @returns devices that did not answer */
async function sweep(store: WorkStore, session: number, { startedMs }: SessionRow): Promise<number[]> {
  const { maps, keeper, runtime } = store
  const isOver = (other: number) => other === session
  const away: number[] = []
  let removed = 0
  for (const { id: device } of maps.current.map.devices) {
    const state = driveState(store, device)
    if (state.kind !== 'up') {
      away.push(device)
      continue
    }
    removed += await sweepDrive(store, { device, drive: state.drive, isOver, sinceMs: startedMs - clockSlackMs })
  }
  await keeper.submit('closeSession', { session })
  runtime.events.log.info({ session, removed }, 'what a process had left behind was cleared away')
  return away
}
