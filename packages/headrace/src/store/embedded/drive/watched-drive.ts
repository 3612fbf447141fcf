import type { Clock } from '../../../core/runtime.ts'
import { CallGate } from './call-gate.ts'
import type { Drive } from './drive.ts'
import { DriveWatch } from './drive-watch.ts'
import { type AroundCall, wrapDrive } from './wrap-drive.ts'

/**
 * Calls on one drive at a time: enough for a drive to order them well, and few enough that one that is stuck leaves
 * threads to the others.
 */
export const driveCallsMax = 6

/** One drive in two views, which share its places and its figures. */
export interface WatchedDrive {
  /** For requests. */
  readonly drive: Drive
  /** For background work: its calls wait while those of requests do, and take at most half of the places. */
  readonly background: Drive
  readonly watch: DriveWatch
}

/**
 * Limits how many calls run on a drive at once, and measures each: only its time on the drive, not the wait before.
 * It goes around everything else that is put around a drive, so that it sees what they do.
 */
export function watchDrive(drive: Drive, clock: Clock, { calls = driveCallsMax } = {}): WatchedDrive {
  const gate = new CallGate(calls)
  const watch = new DriveWatch(clock, { callsMax: calls, waiting: () => gate.waiting })
  const view = (isBackground: boolean): Drive => {
    const around: AroundCall = async (kind, bytes, call) => {
      const turn = gate.enter(isBackground)
      if (turn !== undefined) await turn
      const place = watch.begin(kind, bytes)
      try {
        const result = await call()
        watch.end(place)
        return result
      } catch (error) {
        watch.fail(place, error)
        throw error
      } finally {
        gate.leave(isBackground)
      }
    }
    return wrapDrive(drive, around)
  }
  return { drive: view(false), background: view(true), watch }
}
