import { createAdminServer } from '../../admin/admin-server.ts'
import { systemClock } from '../../core/runtime.ts'
import { createLog } from '../../observe/log.ts'
import { drain, listen } from '../listen.ts'
import type { StartMessage } from '../messages.ts'
import type { SingleServer } from '../single.ts'
import { beginRemoteGateway } from './gateway.ts'

/** The same in one process (`--workers 0`). */
export async function beginRemoteSingle(
  options: Pick<StartMessage, 'settings' | 'roots' | 'rootKey' | 'upstreamKey'>,
): Promise<SingleServer> {
  const { settings } = options
  const log = createLog(settings.logLevel, 'single')
  const gateway = await beginRemoteGateway({ ...options, worker: 0 })
  const admin = createAdminServer({
    own: async () => [gateway.metrics.registry],
    gateways: async () => [],
    isReady: () => true,
    failed: (error) => log.error({ err: error }, 'the metrics could not be collected'),
  })
  const adminPort = await listen(admin, { host: settings.adminHost, port: settings.adminPort })
  return {
    port: gateway.port,
    adminPort,
    async stop() {
      await gateway.stop()
      await drain(admin, systemClock, 1_000)
    },
  }
}
