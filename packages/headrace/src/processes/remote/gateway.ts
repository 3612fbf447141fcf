import type { Server as TlsServer } from 'node:https'
import type { Credentials } from '@headrace/s3'
import { assembleGateway } from '../../assemble.ts'
import { silentEvents } from '../../core/events.ts'
import { type Runtime, systemClock, systemRandom } from '../../core/runtime.ts'
import { AccessKeys } from '../../identity/access-keys.ts'
import { KeyFiles } from '../../identity/key-files.ts'
import { AccessLog } from '../../observe/access-log.ts'
import { createEvents } from '../../observe/events.ts'
import { createLog } from '../../observe/log.ts'
import { RequestMetrics } from '../../observe/metrics.ts'
import type { Child } from '../child.ts'
import { drain, listen } from '../listen.ts'
import type { StartMessage } from '../messages.ts'
import { stateLogPath } from '../store-paths.ts'
import { followTlsFiles, readTlsFiles } from '../tls-files.ts'
import { checkAccess } from './check-access.ts'
import { readLedger } from './ledger-file.ts'
import { logGroup } from './log-group.ts'
import { discoveryOf, openRemote, type RemoteStore } from './open-remote.ts'
import { showUpstreams } from './upstream-metrics.ts'

type GatewayStart = Pick<StartMessage, 'settings' | 'roots' | 'worker' | 'rootKey' | 'upstreamKey' | 'upstreamFaults'>

/** A gateway, with what an admin port in the same process needs of it. */
export interface RemoteGateway extends Child {
  readonly runtime: Runtime
  readonly metrics: RequestMetrics
  readonly remote: RemoteStore
}

/** A process that serves requests from upstreams. It needs no other, and none needs it. */
export async function beginRemoteGateway(start: GatewayStart): Promise<RemoteGateway> {
  const { settings, roots, worker, rootKey, upstreamKey, upstreamFaults } = start
  const [root = ''] = roots
  const { upstream, allowFaults } = settings
  if (upstream === undefined) throw new Error('there are no upstreams')
  const log = createLog(settings.logLevel, worker === 0 ? 'single' : `gateway ${worker}`)
  const accessLog = new AccessLog(() => stateLogPath(root), { clock: systemClock, log })
  const metrics = new RequestMetrics()
  const events = createEvents({ log, accessLog, requests: metrics })
  const runtime: Runtime = { clock: systemClock, random: systemRandom, events }
  // The first speaks for all.
  // First of all: what is wrong with the command is the last that an operator reads.
  const discovery = discoveryOf(upstream.endpoints, runtime)
  const ledger = await readLedger(root, upstream.endpoints, worker <= 1 ? log : silentEvents.log)
  const key = upstreamKey as Credentials
  const remote = openRemote({ upstream, discovery, key, runtime, events: logGroup(log), ledger, allowFaults })
  remote.setFaults(upstreamFaults)
  showUpstreams(metrics.registry, remote.status, remote.figures)
  const keys = new AccessKeys(new KeyFiles([root]), rootKey, runtime)
  const tls = settings.tls && readTlsFiles(settings.tls)
  let isReady = false
  const server = assembleGateway({ store: remote.store, settings, runtime, keys, worker, tls, isReady: () => isReady })
  if (settings.tls) followTlsFiles(server as TlsServer, settings.tls, runtime)
  const port = await listen(server, settings)
  isReady = true
  const stopping = new AbortController()
  if (worker <= 1) void checkAccess(remote.store, log, stopping.signal)
  return {
    port,
    runtime,
    metrics,
    remote,
    setFaults: remote.setFaults,
    answer: async (question) => (question === 'metrics' ? await metrics.registry.getMetricsAsJSON() : remote.status()),
    async stop() {
      isReady = false
      stopping.abort()
      await drain(server, systemClock, settings.drainMs)
      remote.close()
      accessLog.close()
    },
  }
}
