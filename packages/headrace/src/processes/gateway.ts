import type { Server as TlsServer } from 'node:https'
import { assembleGateway } from '../assemble.ts'
import { type Runtime, systemClock, systemRandom } from '../core/runtime.ts'
import { AccessKeys } from '../identity/access-keys.ts'
import { AccessLog } from '../observe/access-log.ts'
import { createEvents } from '../observe/events.ts'
import { ForegroundMeter } from '../observe/foreground-meter.ts'
import { createLog } from '../observe/log.ts'
import { RequestMetrics } from '../observe/metrics.ts'
import { DriveFaultCounts, driveFigures } from '../store/embedded/drive/drive-figures.ts'
import { openGatewayStore } from '../store/embedded/open-gateway.ts'
import type { Child, Supervision } from './child.ts'
import { followDriveKeys } from './drive-keys.ts'
import { drain, listen } from './listen.ts'
import type { StartMessage } from './messages.ts'
import { reserveOf } from './reserve.ts'
import { accessLogPath } from './store-paths.ts'
import { followTlsFiles, readTlsFiles } from './tls-files.ts'

/** A process that serves requests. It holds nothing that another process needs. */
export async function beginGateway(
  { settings, socketPath, worker, rootKey }: StartMessage,
  { roots }: Supervision,
): Promise<Child> {
  const log = createLog(settings.logLevel, `gateway ${worker}`)
  const accessLog = new AccessLog(() => accessLogPath(roots()), { clock: systemClock, log })
  const metrics = new RequestMetrics()
  const foreground = new ForegroundMeter(systemClock)
  const driveFaults = new DriveFaultCounts()
  const runtime: Runtime = {
    clock: systemClock,
    random: systemRandom,
    events: driveFaults.counting(createEvents({ log, accessLog, requests: metrics, foreground })),
  }
  const opened = await openGatewayStore({
    socketPath,
    worker,
    workers: settings.workers,
    runtime,
    reserve: reserveOf(settings),
    allowFaults: settings.allowFaults,
    load: () => foreground.take(),
    answer: async (question, drives) =>
      question === 'drives' ? driveFigures(drives, driveFaults) : await metrics.registry.getMetricsAsJSON(),
  })
  metrics.showReads(opened.reads)
  const keys = new AccessKeys(followDriveKeys(roots), rootKey, runtime)
  const tls = settings.tls && readTlsFiles(settings.tls)
  let isReady = false
  const server = assembleGateway({ store: opened.store, settings, runtime, keys, worker, tls, isReady: () => isReady })
  if (settings.tls) followTlsFiles(server as TlsServer, settings.tls, runtime)
  const port = await listen(server, settings)
  isReady = true
  return {
    port,
    async stop() {
      isReady = false
      await drain(server, systemClock, settings.drainMs)
      await opened.close()
      accessLog.close()
    },
  }
}
