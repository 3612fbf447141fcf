import { type Runtime, systemClock, systemRandom } from '../core/runtime.ts'
import { AccessKeys } from '../identity/access-keys.ts'
import { rotateAccessLog } from '../observe/access-log.ts'
import { createEvents } from '../observe/events.ts'
import { createLog } from '../observe/log.ts'
import { StoreMetrics } from '../observe/metrics.ts'
import { DriveFaultCounts } from '../store/embedded/drive/drive-figures.ts'
import { DriveFaults } from '../store/embedded/drive/faulty-drive.ts'
import { KeeperStore } from '../store/embedded/keeper-store.ts'
import type { Child, Supervision } from './child.ts'
import { followDriveKeys } from './drive-keys.ts'
import { endAtOnce } from './end-at-once.ts'
import { followDrives } from './follow-drives.ts'
import { takeKeeperLocks } from './keeper-locks.ts'
import type { StartMessage } from './messages.ts'
import { openPlace } from './open-place.ts'
import { beginOperations } from './operations.ts'
import { reserveOf } from './reserve.ts'
import { storeFigures } from './store-figures.ts'
import { accessLogPath, presentDrives } from './store-paths.ts'

const rotateMs = 5_000

/** The process that writes the index, does the background work, and answers on the admin port. */
export async function beginKeeper(
  { settings, folders, roots, isRestart, socketPath, rootKey }: StartMessage,
  supervision: Supervision,
): Promise<Child> {
  const locks = takeKeeperLocks(isRestart ? presentDrives(roots) : roots)
  const log = createLog(settings.logLevel, 'keeper')
  const metrics = new StoreMetrics()
  const faultCounts = new DriveFaultCounts()
  const events = faultCounts.counting(createEvents({ log, store: metrics }))
  const runtime: Runtime = { clock: systemClock, random: systemRandom, events }
  const failed = (error: unknown) => {
    log.error({ err: error }, 'the keeper cannot go on; it ends, and another begins')
    endAtOnce()
  }
  const faults = settings.allowFaults ? new DriveFaults(runtime) : undefined
  const place = await openPlace(settings, { folders, isReopened: isRestart, faults }, runtime)
  const keeperStore = await KeeperStore.open({
    place,
    runtime,
    socketPath,
    reserve: reserveOf(settings),
    graceMs: settings.downOutMs,
    failed,
  })
  followDrives(keeperStore, supervision.tellDrives)
  systemClock.every(rotateMs, () => {
    const path = accessLogPath(supervision.roots())
    if (path !== undefined) rotateAccessLog(path)
  })
  const operations = await beginOperations({
    keeperStore,
    settings,
    runtime,
    keys: new AccessKeys(followDriveKeys(supervision.roots), rootKey, runtime),
    faults,
    faultCounts,
    ownReads: () => undefined,
    logPath: () => accessLogPath(supervision.roots()),
    metrics: {
      async own(health) {
        metrics.setFigures(await storeFigures(keeperStore))
        metrics.setHealth(await health())
        return [metrics.registry]
      },
      gateways: () => keeperStore.askGateways(),
    },
  })
  return {
    port: operations.port,
    async stop() {
      await operations.stop()
      await keeperStore.close()
      for (const lock of locks) lock.release()
    },
  }
}
