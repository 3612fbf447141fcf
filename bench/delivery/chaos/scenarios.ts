import type { CephCluster } from '../../../tools/ceph/ceph-cluster.ts'
import type { ClientJob } from '../load/client-job.ts'
import type { RelayFault } from '../relay/relay-fault.ts'
import { chaosClients, chaosObjects, refusedObjects } from '../rows.ts'
import { type Fault, killing, restarting, stopping } from './faults.ts'

/** What goes wrong, and who reads meanwhile. */
export interface Scenario {
  readonly name: string
  readonly reads: Pick<ClientJob, 'objects' | 'clients' | 'requestsMax'>
  /** In the nodes themselves, … */
  readonly fault?: (cluster: CephCluster) => Fault
  /** … or in relays in front of so many of them, the last ones. */
  readonly relays?: { readonly nodes: number; readonly fault: RelayFault }
  /** Clients that go straight to the nodes and repeat what fails, as SDKs do, are measured too. */
  readonly comparesClientRetries?: boolean
}

const reads = { objects: chaosObjects, clients: chaosClients }
const refusedRequests = 10_000

export const scenarios: readonly Scenario[] = [
  { name: 'kill', reads, fault: killing },
  { name: 'stop', reads, fault: stopping },
  { name: 'latency', reads, relays: { nodes: 1, fault: { delayMs: 1_000 } } },
  { name: 'trickle', reads, relays: { nodes: 1, fault: { bytesPerS: 1_000_000 } } },
  {
    name: 'refuse',
    reads: { objects: refusedObjects, clients: 16, requestsMax: refusedRequests },
    relays: { nodes: 3, fault: { refusedShare: 0.3 } },
    comparesClientRetries: true,
  },
  { name: 'restart', reads, fault: restarting },
]
