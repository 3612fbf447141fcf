import { type Cluster, type CrushMap, parseOsdDump, toWeight } from '@headrace/crush'
import type { OsdDump } from './answers.ts'
import type { CephSource } from './source.ts'

/** What decides where a cluster's data goes, as its monitors know it at one epoch. */
export interface ClusterState {
  readonly map: CrushMap
  /** Pools, reweights, who is up, and exceptions. */
  readonly cluster: Cluster
  /** By OSD id, 16.16: how readily it is a primary. 1.0 where there is none. */
  readonly primaryAffinity: Uint32Array
  /** Ids that the cluster knows, whether in the CRUSH map or not. */
  readonly osdIds: ReadonlySet<number>
}

/** The state beside the dump it was read from. */
export interface ReadState {
  readonly state: ClusterState
  readonly dump: OsdDump
  readonly knowsClassIds: boolean
}

export async function readState(source: CephSource): Promise<ReadState> {
  const dump = await source.answer('osdDump')
  const cluster = parseOsdDump(await source.text('osdDump'))
  const { map, knowsClassIds } = await source.crushMap(dump.epoch)
  const primaryAffinity = new Uint32Array(cluster.deviceWeights.length).fill(toWeight(1))
  for (const { osd, primary_affinity } of dump.osds) primaryAffinity[osd] = Math.round(primary_affinity * toWeight(1))
  const osdIds = new Set(dump.osds.map(({ osd }) => osd))
  return { state: { map, cluster, primaryAffinity, osdIds }, dump, knowsClassIds }
}
