import type { Registry } from 'prom-client'
import { createAdminServer } from '../../admin/admin-server.ts'
import { LocalAdmin } from '../../admin/local-admin.ts'
import { createServerAdmin } from '../../admin/server/create-server-admin.ts'
import { createUpstreamAdmin, type UpstreamAdminParts } from '../../admin/upstream/create-upstream-admin.ts'
import type { Settings } from '../../config/settings.ts'
import { type Runtime, systemClock } from '../../core/runtime.ts'
import { AccessKeys, type RootKey } from '../../identity/access-keys.ts'
import { KeyFiles } from '../../identity/key-files.ts'
import { rotateAccessLog } from '../../observe/access-log.ts'
import { drain, listen } from '../listen.ts'
import { stateLogPath } from '../store-paths.ts'

const rotateMs = 5_000
/** In every state folder of a server that has begun. */
const marker = 'locks'

export interface AdminPortOptions extends UpstreamAdminParts {
  readonly settings: Settings
  /** The state folder. */
  readonly root: string
  readonly rootKey: RootKey | undefined
  readonly runtime: Runtime
  /** Figures of gateways in other processes, and of one in this. */
  readonly metrics: () => Promise<unknown[]>
  readonly own: readonly Registry[]
}

export interface AdminPort {
  readonly port: number
  stop(): Promise<void>
}

/** Serves the admin port of a server without drives, and the same API in its state folder; keeps its log in bounds. */
export async function openAdminPort(options: AdminPortOptions): Promise<AdminPort> {
  const { settings, root, rootKey, runtime, metrics, own } = options
  const { log } = runtime.events
  const logPath = stateLogPath(root)
  const ownMetrics = () => Promise.all(own.map((registry) => registry.getMetricsAsJSON()))
  const api = {
    upstream: createUpstreamAdmin(options),
    server: createServerAdmin({
      clock: systemClock,
      metrics: async () => [...(await ownMetrics()), ...(await metrics())],
      logPath: () => logPath,
    }),
    allowFaults: settings.allowFaults,
    failed: (error: unknown) => log.error({ err: error }, 'an admin request failed'),
  }
  const server = createAdminServer({
    own: async () => own,
    gateways: metrics,
    isReady: () => true,
    failed: (error) => log.error({ err: error }, 'the metrics could not be collected'),
    api: { ...api, keys: new AccessKeys(new KeyFiles([root]), rootKey, runtime), clock: systemClock },
  })
  const port = await listen(server, { host: settings.adminHost, port: settings.adminPort })
  const local = new LocalAdmin({ ...api, clock: systemClock, marker })
  await local.announce([root])
  const stopRotating = systemClock.every(rotateMs, () => rotateAccessLog(logPath))
  return {
    port,
    async stop() {
      stopRotating()
      await drain(server, systemClock, 1_000)
      await local.close()
    },
  }
}
