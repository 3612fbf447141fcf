import type { StartMessage } from '../messages.ts'
import type { SingleServer } from '../single.ts'
import { openAdminPort } from './admin-port.ts'
import { beginRemoteGateway } from './gateway.ts'

/** The same in one process (`--workers 0`). */
export async function beginRemoteSingle(
  options: Pick<StartMessage, 'settings' | 'roots' | 'rootKey' | 'upstreamKey'>,
): Promise<SingleServer> {
  const [root = ''] = options.roots
  const gateway = await beginRemoteGateway({ ...options, worker: 0, upstreamFaults: [] })
  const { runtime, metrics, remote } = gateway
  const admin = await openAdminPort({
    ...options,
    root,
    runtime,
    own: [metrics.registry],
    metrics: async () => [],
    groups: async () => [remote.status()],
    faults: [],
    spreadFaults: (faults) => remote.setFaults(faults),
  })
  return {
    port: gateway.port,
    adminPort: admin.port,
    async stop() {
      await gateway.stop()
      await admin.stop()
    },
  }
}
