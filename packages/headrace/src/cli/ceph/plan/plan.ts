import type { OsdDf, OsdDump, PgStats } from '../answers.ts'
import { type ClusterState, type ReadState, readState } from '../cluster-state.ts'
import type { CephSource } from '../source.ts'
import { type BytesPerCopy, bytesPerCopy } from './bytes-per-copy.ts'
import { countExceptions } from './clean-exceptions.ts'
import { type OsdPrediction, type Prediction, predict } from './predict.ts'
import { warningsOf } from './warnings.ts'

/** What a change of a cluster would move. Bytes are those of objects; a share is 0 to 1. */
export interface Plan extends Omit<Prediction, 'osds'> {
  readonly osds: readonly OsdPlan[]
  readonly movedPgs: number
  readonly movedBytes: number
  readonly minimumBytes: number
  readonly minimumBytesByWeight: number
  readonly totalBytes: number
  readonly primaryChanges: number
  /** Exceptions from CRUSH (pg_upmap, and pairs of pg_upmap_items) that the monitors drop with the change. */
  readonly droppedExceptions: number
  readonly warnings: readonly string[]
}

export interface OsdPlan extends OsdPrediction {
  readonly host: string
  /** Of the OSD's size; null where it is not known. */
  readonly fillBefore: number | null
  readonly fillAfter: number | null
}

/** All that is known of a cluster and counts for a plan. */
export interface PlanFacts extends ReadState {
  readonly stats: PgStats
  /** Sizes and usage, where they are known. */
  readonly df: OsdDf | undefined
  readonly bytesOf: BytesPerCopy
}

export async function readFacts(source: CephSource): Promise<PlanFacts> {
  const [read, stats, df] = await Promise.all([
    readState(source),
    source.answer('pgDump'),
    source.has('osdDf') ? source.answer('osdDf') : undefined,
  ])
  return { ...read, stats, df, bytesOf: bytesPerCopy(read.state.cluster, read.dump, stats) }
}

/** What the change of a cluster's state to another moves. */
export function makePlan(facts: PlanFacts, after: ClusterState): Plan {
  const { osds, ...prediction } = predict(facts.state, after, facts.bytesOf)
  const total = (pick: (pool: Prediction['pools'][number]) => number) =>
    prediction.pools.reduce((sum, pool) => sum + pick(pool), 0)
  const plan = {
    ...prediction,
    osds: osds.map((osd) => toOsdPlan(osd, facts, after)),
    movedPgs: total((pool) => pool.movedPgs),
    movedBytes: total((pool) => pool.movedBytes),
    minimumBytes: total((pool) => pool.minimumBytes),
    minimumBytesByWeight: total((pool) => pool.minimumBytesByWeight),
    totalBytes: total((pool) => pool.totalBytes),
    primaryChanges: total((pool) => pool.primaryChanges),
    droppedExceptions: countExceptions(facts.state) - countExceptions(after),
  }
  return { ...plan, warnings: warningsOf(facts, plan) }
}

function toOsdPlan(osd: OsdPrediction, { state, df }: PlanFacts, after: ClusterState): OsdPlan {
  const use = df?.nodes.find(({ id }) => id === osd.id)
  // A new OSD has no size yet; its weight is one by custom, in TiB.
  const sizeBytes = use === undefined ? newSize(osd.id, state, after) : use.kb * 1024
  const usedBytes = (use?.kb_used ?? 0) * 1024
  const isKnown = df !== undefined && sizeBytes > 0
  return {
    ...osd,
    host: hostOf(after, osd.id) ?? hostOf(state, osd.id) ?? '',
    fillBefore: isKnown ? usedBytes / sizeBytes : null,
    fillAfter: isKnown && after.osdIds.has(osd.id) ? (usedBytes + osd.bytesIn - osd.bytesOut) / sizeBytes : null,
  }
}

function newSize(id: number, before: ClusterState, after: ClusterState): number {
  if (before.osdIds.has(id)) return 0
  const holder = holderOf(after, id)
  return ((holder?.items.find((item) => item.id === id)?.weight ?? 0) / 0x10000) * 2 ** 40
}

function hostOf(state: ClusterState, id: number): string | undefined {
  return holderOf(state, id)?.name
}

function holderOf({ map }: ClusterState, id: number) {
  return map.buckets.find((bucket) => !bucket.shadow && bucket.items.some((item) => item.id === id))
}

/** How full an OSD may become before the cluster warns. */
export function fullOsds(osds: readonly OsdPlan[], { nearfull_ratio }: OsdDump): OsdPlan[] {
  return osds.filter(({ fillAfter }) => fillAfter !== null && fillAfter > nearfull_ratio)
}
