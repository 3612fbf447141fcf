import type { CephCluster } from '../../../tools/ceph/ceph-cluster.ts'
import type { RelayFault } from '../relay/relay-fault.ts'
import type { Relays } from '../relay/relays.ts'

/** Something that goes wrong while clients read. */
export interface Fault {
  /** Does it, again and again, until `isOver`; everything is well again when it resolves. @returns how often */
  run(isOver: () => boolean): Promise<number>
}

/** Between two nodes, and before the first. */
const calmMs = 3_000
/** A node that was killed is away for so long. */
const awayMs = 3_000
const stoppedMs = 4_000

/** RGW nodes die in mid-sentence (SIGKILL), one after the other, and are started again. */
export function killing(cluster: CephCluster): Fault {
  return oneAfterTheOther(cluster, async (node) => {
    await cluster.kill(node)
    await pause(awayMs)
    await cluster.start(node)
  })
}

/** RGW nodes are stopped (SIGSTOP), one after the other: they keep their connections and answer nothing. */
export function stopping(cluster: CephCluster): Fault {
  return oneAfterTheOther(cluster, async (node) => {
    cluster.pause(node)
    await pause(stoppedMs)
    cluster.resume(node)
  })
}

/** RGW nodes are restarted in order (SIGTERM), one after the other. */
export function restarting(cluster: CephCluster): Fault {
  return oneAfterTheOther(cluster, async (node) => {
    await cluster.kill(node, 'SIGTERM')
    await cluster.start(node)
  })
}

/** What goes through the relays meets a fault, as long as it is not over. */
export function relaying(relays: Relays, fault: RelayFault): Fault {
  return {
    async run(isOver) {
      relays.setFault(fault)
      while (!isOver()) await pause(50)
      relays.setFault({})
      return 1
    },
  }
}

function oneAfterTheOther(cluster: CephCluster, strike: (node: string) => Promise<void>): Fault {
  const nodes = cluster.endpoints.map((_, index) => `rgw.${index + 1}`)
  return {
    async run(isOver) {
      let times = 0
      for (;;) {
        for (let waitedMs = 0; waitedMs < calmMs && !isOver(); waitedMs += 50) await pause(50)
        if (isOver()) return times
        await strike(nodes[times % nodes.length] as string)
        times += 1
      }
    },
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
