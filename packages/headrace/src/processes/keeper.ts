import { createAdminServer } from '../admin/admin-server.ts'
import { type Runtime, systemClock, systemRandom } from '../core/runtime.ts'
import { rotateAccessLog } from '../observe/access-log.ts'
import { createEvents } from '../observe/events.ts'
import { createLog } from '../observe/log.ts'
import { StoreMetrics } from '../observe/metrics.ts'
import { DriveFaults } from '../store/embedded/drive/faulty-drive.ts'
import { takeLock } from '../store/embedded/drive/store-lock.ts'
import { KeeperStore } from '../store/embedded/keeper-store.ts'
import { storeWorkers } from '../work/store-workers.ts'
import { runWorkers } from '../work/worker.ts'
import type { Child } from './child.ts'
import { drain, listen } from './listen.ts'
import type { StartMessage } from './messages.ts'
import { openPlace } from './open-place.ts'
import { reserveOf } from './reserve.ts'
import { storeFigures } from './store-figures.ts'
import { storePaths } from './store-paths.ts'

const rotateMs = 5_000

/** The process that writes the index, does the background work, and answers on the admin port. */
export async function beginKeeper({ settings, root, roots, socketPath }: StartMessage): Promise<Child> {
  const paths = storePaths(root)
  // On every drive: whoever sees another of them must wait as well.
  const locks = roots.map((each) => takeLock(storePaths(each).keeperLock))
  const log = createLog(settings.logLevel, 'keeper')
  const metrics = new StoreMetrics()
  const events = createEvents({ log, store: metrics })
  const runtime: Runtime = { clock: systemClock, random: systemRandom, events }
  const failed = (error: unknown) => {
    log.error({ err: error }, 'the keeper cannot go on; it ends, and another begins')
    process.exit(1)
  }
  const faults = settings.allowFaults ? new DriveFaults(runtime) : undefined
  const place = await openPlace(settings, { root, faults, runtime })
  const keeperStore = await KeeperStore.open({
    place,
    runtime,
    socketPath,
    reserve: reserveOf(settings),
    graceMs: settings.downOutMs,
    failed,
  })
  const workers = runWorkers(
    storeWorkers(keeperStore, () => undefined),
    runtime,
  )
  systemClock.every(rotateMs, () => rotateAccessLog(paths.accessLog))
  const admin = createAdminServer({
    async own() {
      metrics.setFigures(await storeFigures(keeperStore))
      return [metrics.registry]
    },
    gateways: () => keeperStore.askGateways(),
    isReady: () => true,
    failed: (error) => log.error({ err: error }, 'the metrics could not be collected'),
  })
  const port = await listen(admin, { host: settings.adminHost, port: settings.adminPort })
  return {
    port,
    async stop() {
      await drain(admin, systemClock, 1_000)
      await workers.stop()
      await keeperStore.close()
      for (const lock of locks) lock.release()
    },
  }
}
