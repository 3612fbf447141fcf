import { type CompiledMap, none } from '../choose/compiled-map.ts'
import { doRule } from '../choose/do-rule.ts'
import type { Pool } from './pool.ts'
import { placementInput } from './pool.ts'

/** The part of a cluster's state that decides where a placement group goes once CRUSH has chosen. */
export interface Cluster {
  readonly epoch: number
  readonly pools: readonly Pool[]
  /** Reweight of each device by id, 16.16. */
  readonly deviceWeights: Uint32Array
  /** Whether each device exists and is up, by id. */
  readonly isUp: readonly boolean[]
  /** Exceptions by placement group (`pgKey`): a whole set in place of what CRUSH chose. */
  readonly upmap: ReadonlyMap<string, readonly number[]>
  /** Exceptions by placement group (`pgKey`): pairs of a device and the one that stands in for it. */
  readonly upmapItems: ReadonlyMap<string, readonly (readonly [from: number, to: number])[]>
}

/** A placement group as Ceph writes it, pool id and hexadecimal number: `3.1f`. */
export function pgKey(poolId: number, pg: number): string {
  return `${poolId}.${pg.toString(16)}`
}

/**
 * The devices that should hold a placement group now: what CRUSH chooses, changed by the cluster's exceptions, without
 * devices that are down. In a replicated pool those behind move up; in an erasure pool the position holds `none`.
 * `map` is compiled with the pool's id as `chooseArgs`. Primary affinity and temporary sets are not looked at.
 */
export function upSet(cluster: Cluster, map: CompiledMap, pool: Pool, pg: number): number[] {
  const result = new Int32Array(pool.size)
  const count = doRule(map, pool.rule, placementInput(pool, pg), pool.size, cluster.deviceWeights, result)
  const isUsable = (device: number) => cluster.isUp[device] === true
  const placed = applyExceptions(
    cluster,
    pgKey(pool.id, pg),
    [...result.subarray(0, count)].map((device) => device),
  )
  if (pool.kind === 'replicated') return placed.filter(isUsable)
  return placed.map((device) => (isUsable(device) ? device : none))
}

/** An exception is passed over when it leads to a device that is out, and a pair when its target is in the set already. */
function applyExceptions(cluster: Cluster, key: string, placed: number[]): number[] {
  const isOut = (device: number) => device !== none && cluster.deviceWeights[device] === 0
  const whole = cluster.upmap.get(key)
  if (whole?.some(isOut)) return placed
  let set = whole === undefined ? placed : [...whole]
  for (const [from, to] of cluster.upmapItems.get(key) ?? []) {
    const at = set.indexOf(from)
    if (at >= 0 && !set.includes(to) && !isOut(to)) set = set.with(at, to)
  }
  return set
}
