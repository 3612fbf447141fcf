import { join } from 'node:path'
import type { CephCluster } from '../../../tools/ceph/ceph-cluster.ts'
import { type Access, straight, throughProxy } from '../access.ts'
import type { ClientResult } from '../load/client-job.ts'
import { runClients } from '../load/run-clients.ts'
import type { ProxyServer } from '../proxies/proxy.ts'
import { withProxies } from '../proxies/start-proxies.ts'
import { Relays } from '../relay/relays.ts'
import { type Fault, relaying } from './faults.ts'
import type { Scenario } from './scenarios.ts'

/** How clients of one way to the upstreams fared. */
export interface ChaosRun {
  readonly scenario: string
  readonly access: string
  readonly healthy: ClientResult
  readonly faulty: ClientResult
  /** How often something went wrong with a node. */
  readonly strikes: number
  /** Requests to upstreams for each request of a client, while something was wrong; undefined where nobody counts them. */
  readonly attemptsPerRequest: number | undefined
}

export interface ChaosOptions {
  readonly cluster: CephCluster
  readonly folder: string
  readonly seconds: number
  readonly say: (line: string) => void
}

/** The attempts that SDKs make by default. */
const sdkAttempts = 3
/** A request to an endless fault is as long as this, at most. */
const endlessS = 60

/** HAProxy and Headrace, one after the other, each well first and then with the fault. */
export async function runScenario(scenario: Scenario, options: ChaosOptions): Promise<ChaosRun[]> {
  const { cluster, folder } = options
  const { endpoints: nodes, keys } = cluster
  const firstRelayed = nodes.length - (scenario.relays?.nodes ?? 0)
  const relays = scenario.relays && (await Relays.start(nodes.slice(firstRelayed)))
  const endpoints = [...nodes.slice(0, firstRelayed), ...(relays?.endpoints ?? [])]
  const fault = relays && scenario.relays ? relaying(relays, scenario.relays.fault) : scenario.fault?.(cluster)
  if (fault === undefined) throw new Error(`${scenario.name} has no fault`)
  try {
    const own = join(folder, scenario.name)
    return await withProxies(own, ['haproxy', 'headrace'], { endpoints, credentials: keys }, async (proxies) => {
      const runs: ChaosRun[] = []
      for (const proxy of proxies) runs.push(await strike(scenario, throughProxy(proxy), fault, options, proxy))
      if (scenario.comparesClientRetries) {
        const clients = { ...straight(endpoints, keys), name: `direct, ${sdkAttempts} attempts of the client` }
        runs.push(await strike(scenario, clients, fault, options))
      }
      return runs
    })
  } finally {
    await relays?.stop()
  }
}

async function strike(
  { name, reads }: Scenario,
  way: Access,
  fault: Fault,
  { seconds, say }: ChaosOptions,
  proxy?: ProxyServer,
): Promise<ChaosRun> {
  const job = { ...reads, endpoints: way.endpoints, operation: 'get', seconds } as const
  const healthy = await runClients({ ...job, requestsMax: undefined })
  const exchanges = async () => (await proxy?.metric?.('headrace_upstream_exchanges')) ?? Number.NaN
  const before = await exchanges()
  let isOver = false
  const struck = fault.run(() => isOver)
  const attemptsMax = proxy === undefined ? sdkAttempts : 1
  const longer = { ...job, attemptsMax, seconds: reads.requestsMax === undefined ? seconds : endlessS }
  const faulty = await runClients(longer).finally(() => {
    isOver = true
  })
  const strikes = await struck
  const sent = proxy === undefined ? faulty.requests + faulty.failed + faulty.retries : (await exchanges()) - before
  const attemptsPerRequest = sent / (faulty.requests + faulty.failed)
  const p99 = `p99 ${healthy.p99Ms.toFixed(0)} → ${faulty.p99Ms.toFixed(0)} ms`
  say(`${name}: ${way.name}: ${faulty.failed} of ${faulty.failed + faulty.requests} failed, ${p99}, ${strikes} times`)
  return {
    scenario: name,
    access: way.name,
    healthy,
    faulty,
    strikes,
    attemptsPerRequest: Number.isNaN(attemptsPerRequest) ? undefined : attemptsPerRequest,
  }
}
