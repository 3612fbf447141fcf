import { createAdminServer } from '../../admin/admin-server.ts'
import { systemClock } from '../../core/runtime.ts'
import { rotateAccessLog } from '../../observe/access-log.ts'
import { createLog } from '../../observe/log.ts'
import type { Child, Supervision } from '../child.ts'
import { drain, listen } from '../listen.ts'
import type { StartMessage } from '../messages.ts'
import { stateLogPath } from '../store-paths.ts'

const rotateMs = 5_000

/** The process that serves the admin port of a server without drives. It holds nothing that a gateway needs. */
export async function beginControl({ settings, roots }: StartMessage, supervision: Supervision): Promise<Child> {
  const log = createLog(settings.logLevel, 'control')
  const server = createAdminServer({
    own: async () => [],
    gateways: () => supervision.askGateways('metrics'),
    isReady: () => true,
    failed: (error) => log.error({ err: error }, 'the metrics could not be collected'),
  })
  const [root = ''] = roots
  const stopRotating = systemClock.every(rotateMs, () => rotateAccessLog(stateLogPath(root)))
  const port = await listen(server, { host: settings.adminHost, port: settings.adminPort })
  return {
    port,
    async stop() {
      stopRotating()
      await drain(server, systemClock, 1_000)
    },
  }
}
