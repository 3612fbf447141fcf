import { type Cluster, type CrushMap, parseOsdDump, weightOne } from '@headrace/crush'
import { type OsdDump, osdDumpSchema } from './answers.ts'
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
  const { map, knowsClassIds } = await source.crushMap(dump.epoch)
  return { state: toState(await source.text('osdDump'), map), dump, knowsClassIds }
}

/** @param osdDump what `ceph osd dump --format json` prints */
export function toState(osdDump: string, map: CrushMap): ClusterState {
  const cluster = parseOsdDump(osdDump)
  const { osds } = osdDumpSchema.parse(JSON.parse(osdDump))
  const primaryAffinity = new Uint32Array(cluster.deviceWeights.length).fill(weightOne)
  for (const { osd, primary_affinity } of osds) primaryAffinity[osd] = Math.round(primary_affinity * weightOne)
  return { map, cluster, primaryAffinity, osdIds: new Set(osds.map(({ osd }) => osd)) }
}
