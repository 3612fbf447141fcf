import { type Cluster, type CompiledMap, compileMap, type Pool, pgKey, upSet } from '@headrace/crush'
import type { ClusterState } from '../cluster-state.ts'
import { RuleReach } from './rule-reach.ts'

type Pair = readonly [from: number, to: number]

/**
 * The state without the exceptions (pg_upmap, pg_upmap_items) that the monitors drop with any change of the map: those
 * that the rule would not allow, that lead to an OSD that is out, weighs nothing or is gone, or that change nothing.
 * A pair whose first OSD CRUSH no longer chooses, or whose second is out, falls out of its list.
 */
export function cleanExceptions(state: ClusterState): ClusterState {
  for (let current = state; ; ) {
    const cleaned = cleanOnce(current)
    if (countExceptions(cleaned) === countExceptions(current)) return cleaned
    current = cleaned
  }
}

/** Whole sets count one each, and so do pairs. */
export function countExceptions({ cluster: { upmap, upmapItems } }: ClusterState): number {
  return [...upmapItems.values()].reduce((sum, pairs) => sum + pairs.length, upmap.size)
}

function cleanOnce(state: ClusterState): ClusterState {
  const { cluster, map } = state
  const upmap = new Map(cluster.upmap)
  const upmapItems = new Map(cluster.upmapItems)
  for (const pool of cluster.pools) {
    const pgs = exceptionalPgs(cluster, pool)
    if (pgs.length === 0) continue
    const check = checker(state, compileMap(map, { chooseArgs: pool.id }), pool)
    for (const pg of pgs) {
      const key = pgKey(pool.id, pg)
      const kept = check(pg)
      if (kept === undefined) {
        upmap.delete(key)
        upmapItems.delete(key)
      } else if (upmapItems.has(key)) upmapItems.set(key, kept)
    }
  }
  return { ...state, cluster: { ...cluster, upmap, upmapItems } }
}

/** For a placement group with exceptions: the pairs that stay, or undefined where all of it is dropped. */
function checker(state: ClusterState, compiled: CompiledMap, pool: Pool): (pg: number) => readonly Pair[] | undefined {
  const reach = new RuleReach(state.map, pool.rule)
  // Who is down makes no difference to the check.
  const cluster = { ...state.cluster, isUp: new Array<boolean>(idLimit(state.cluster)).fill(true) }
  const plain = { ...cluster, upmap: new Map(), upmapItems: new Map() }
  const isOut = (osd: number) => state.cluster.deviceWeights[osd] === 0
  return (pg) => {
    const raw = upSet(plain, compiled, pool, pg)
    const changed = upSet(cluster, compiled, pool, pg)
    if (!reach.allows(changed, pool.size)) return undefined
    if (changed.some((osd) => !reach.weights.get(osd) || isOut(osd))) return undefined
    const whole = cluster.upmap.get(pgKey(pool.id, pg))
    if (whole !== undefined && (whole.length !== pool.size || isSame(whole, raw))) return undefined
    const pairs = cluster.upmapItems.get(pgKey(pool.id, pg))
    const kept = pairs?.filter(([from, to]) => raw.includes(from) && !isOut(to))
    return pairs !== undefined && kept?.length === 0 ? undefined : (kept ?? [])
  }
}

/** Numbers of the pool's placement groups that have exceptions. */
function exceptionalPgs({ upmap, upmapItems }: Cluster, pool: Pool): number[] {
  const prefix = `${pool.id}.`
  const keys = new Set([...upmap.keys(), ...upmapItems.keys()].filter((key) => key.startsWith(prefix)))
  return [...keys].map((key) => Number.parseInt(key.slice(prefix.length), 16)).filter((pg) => pg < pool.pgCount)
}

/** More than any OSD's id that the map, or an exception, may lead to. */
function idLimit({ deviceWeights, upmap, upmapItems }: Cluster): number {
  const targets = [
    ...[...upmap.values()].flat(),
    ...[...upmapItems.values()].flatMap((pairs) => pairs.map(([, to]) => to)),
  ]
  return targets.reduce((limit, osd) => Math.max(limit, osd + 1), deviceWeights.length)
}

function isSame(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((osd, index) => osd === other[index])
}
