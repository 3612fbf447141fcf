import type { Server as TlsServer } from 'node:https'
import { assembleGateway } from '../assemble.ts'
import { type Runtime, systemClock, systemRandom } from '../core/runtime.ts'
import { AccessKeys } from '../identity/access-keys.ts'
import { AccessLog, rotateAccessLog } from '../observe/access-log.ts'
import { createEvents } from '../observe/events.ts'
import { ForegroundMeter } from '../observe/foreground-meter.ts'
import { createLog } from '../observe/log.ts'
import { RequestMetrics, StoreMetrics } from '../observe/metrics.ts'
import { DriveFaultCounts } from '../store/embedded/drive/drive-figures.ts'
import { DriveFaults } from '../store/embedded/drive/faulty-drive.ts'
import { openWholeStore } from '../store/embedded/open-embedded.ts'
import { followDriveKeys } from './drive-keys.ts'
import { endAtOnce } from './end-at-once.ts'
import { followDrives } from './follow-drives.ts'
import { takeKeeperLocks } from './keeper-locks.ts'
import { drain, listen } from './listen.ts'
import type { StartMessage } from './messages.ts'
import { openPlace } from './open-place.ts'
import { beginOperations } from './operations.ts'
import { reserveOf } from './reserve.ts'
import { storeFigures } from './store-figures.ts'
import { accessLogPath } from './store-paths.ts'
import { followTlsFiles, readTlsFiles } from './tls-files.ts'

const rotateMs = 5_000
const loadMs = 1_000

export interface SingleServer {
  readonly port: number
  readonly adminPort: number
  stop(): Promise<void>
}

export interface SingleOptions extends Pick<StartMessage, 'settings' | 'folders' | 'roots' | 'rootKey'> {
  /** Told which drives the store has. */
  readonly drivesChanged: (roots: readonly string[]) => void
}

/** Everything in one process (`--workers 0`): for tests, small machines and debugging. */
export async function beginSingle(options: SingleOptions): Promise<SingleServer> {
  const { settings, folders, rootKey, drivesChanged } = options
  let { roots } = options
  const locks = takeKeeperLocks(roots)
  const log = createLog(settings.logLevel, 'single')
  const accessLog = new AccessLog(() => accessLogPath(roots), { clock: systemClock, log })
  const requests = new RequestMetrics()
  const storeMetrics = new StoreMetrics()
  const foreground = new ForegroundMeter(systemClock)
  const faultCounts = new DriveFaultCounts()
  const observers = { log, accessLog, requests, store: storeMetrics, foreground }
  const events = faultCounts.counting(createEvents(observers))
  const runtime: Runtime = { clock: systemClock, random: systemRandom, events }
  const failed = (error: unknown) => {
    log.error({ err: error }, 'the keeper cannot go on')
    endAtOnce()
  }
  const faults = settings.allowFaults ? new DriveFaults(runtime) : undefined
  const place = await openPlace(settings, { folders, faults }, runtime)
  const opened = await openWholeStore({
    place,
    runtime,
    reserve: reserveOf(settings),
    graceMs: settings.downOutMs,
    ownLoad: () => foreground.last,
    failed,
  })
  requests.showReads(opened.reads)
  followDrives(opened.keeperStore, (now) => {
    roots = now
    drivesChanged(now)
  })
  const stops = [
    systemClock.every(rotateMs, () => {
      const path = accessLogPath(roots)
      if (path !== undefined) rotateAccessLog(path)
    }),
    systemClock.every(loadMs, () => foreground.take()),
  ]
  const keys = new AccessKeys(
    followDriveKeys(() => roots),
    rootKey,
    runtime,
  )
  const tls = settings.tls && readTlsFiles(settings.tls)
  const server = assembleGateway({ store: opened.store, settings, runtime, keys, worker: 0, tls, isReady: () => true })
  if (settings.tls) followTlsFiles(server as TlsServer, settings.tls, runtime)
  const port = await listen(server, settings)
  const operations = await beginOperations({
    keeperStore: opened.keeperStore,
    settings,
    runtime,
    keys,
    faults,
    faultCounts,
    ownReads: () => opened.oldestSeq(),
    logPath: () => accessLogPath(roots),
    metrics: {
      async own(health) {
        storeMetrics.setFigures(await storeFigures(opened.keeperStore))
        storeMetrics.setHealth(await health())
        return [requests.registry, storeMetrics.registry]
      },
      ownRequests: requests.registry,
      gateways: async () => [],
    },
  })
  return {
    port,
    adminPort: operations.port,
    async stop() {
      for (const stop of stops) stop()
      await drain(server, systemClock, settings.drainMs)
      await operations.stop()
      await opened.close()
      accessLog.close()
      for (const lock of locks) lock.release()
    },
  }
}
