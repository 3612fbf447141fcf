import { compileMap, hash2, none, type Pool, placementInput, upSet, weightOne } from '@headrace/crush'
import type { ClusterState } from '../cluster-state.ts'

/** Where a placement group is when nothing is left to do for it. */
export interface Placed {
  /** OSD ids, the primary first in a replicated pool; by position in an erasure pool, `none` (0x7fffffff) where it has none. */
  readonly up: readonly number[]
  /** −1 where nobody has it. */
  readonly primary: number
}

/** Where every placement group of a pool goes, by its number. Temporary sets of a recovery are not looked at. */
export function placePool(state: ClusterState, pool: Pool): Placed[] {
  const compiled = compileMap(state.map, { chooseArgs: pool.id })
  return Array.from({ length: pool.pgCount }, (_, pg) =>
    choosePrimary(upSet(state.cluster, compiled, pool, pg), placementInput(pool, pg), pool, state.primaryAffinity),
  )
}

/**
 * The primary is the first OSD that its affinity lets be one: a hash of placement group and OSD decides, so that an
 * affinity of 0.3 leaves it three in ten. Where none is let, it is the first. In a replicated pool the primary comes
 * first, in an erasure pool positions stay.
 */
export function choosePrimary(
  up: readonly number[],
  input: number,
  { kind }: Pick<Pool, 'kind'>,
  affinity: Uint32Array,
): Placed {
  const isWilling = (osd: number) => {
    const willingness = affinity[osd] ?? weightOne
    return willingness >= weightOne || hash2(input, osd) >>> 16 < willingness
  }
  const present = up.filter((osd) => osd !== none)
  const primary = present.find(isWilling) ?? present[0]
  if (primary === undefined) return { up, primary: -1 }
  return { up: kind === 'erasure' ? up : [primary, ...up.filter((osd) => osd !== primary)], primary }
}
