import { hashObjectName, stableMod, stableModMask } from '../hash/object-name.ts'
import { hash2 } from '../hash/rjenkins.ts'
import { CrushError } from '../map/crush-error.ts'

/** What placing needs to know of a pool. */
export interface Pool {
  readonly id: number
  readonly name: string
  readonly kind: 'replicated' | 'erasure'
  /** Devices that hold each placement group: copies, or data and coding chunks. */
  readonly size: number
  /** Id of the rule that places it. */
  readonly rule: number
  /** Number of placement groups. */
  readonly pgCount: number
  /** Groups that are placed apart (Ceph's pgp_num): pgCount, and less only while a pool is being split. */
  readonly placementPgCount: number
  /** Whether inputs are mixed with the pool's id by a hash (Ceph's flag hashpspool), as in every pool made since 2013. */
  readonly hashesPool: boolean
}

export interface ObjectLocation {
  /** Namespace of the object within its pool. */
  readonly namespace?: string
  /** Hashed in place of the name, so that objects with the same locator share a placement group. */
  readonly locator?: string
}

/** A pool with the usual values for what is not given: no split in progress and the id hashed in. */
export function createPool(pool: Omit<Pool, 'placementPgCount' | 'hashesPool'> & Partial<Pool>): Pool {
  const full = { placementPgCount: pool.pgCount, hashesPool: true, ...pool }
  if (!Number.isInteger(full.pgCount) || full.pgCount < 1 || full.pgCount > 0x80000000) {
    throw new CrushError(`pool ${full.name}`, `pgCount ${full.pgCount} must be an integer in 1…2^31`)
  }
  return full
}

/** The placement group, 0 to pgCount − 1, that holds an object of the pool. */
export function objectToPlacementGroup(pool: Pool, name: string, location: ObjectLocation = {}): number {
  const key = location.locator || name
  const hash = hashObjectName(location.namespace ? `${location.namespace}\x1f${key}` : key)
  return stableMod(hash, pool.pgCount, stableModMask(pool.pgCount))
}

/** The input x with which `doRule` places a placement group of the pool: an unsigned 32-bit integer. */
export function placementInput(pool: Pool, pg: number): number {
  const seed = stableMod(pg, pool.placementPgCount, stableModMask(pool.placementPgCount))
  return pool.hashesPool ? hash2(seed, pool.id) : (seed + pool.id) >>> 0
}
