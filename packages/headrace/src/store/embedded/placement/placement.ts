import { hash2, hashObjectName, stableMod, stableModMask } from '@headrace/crush'
import { FormatError } from '../../../core/bytes.ts'
import { type CrushTree, chooseSet, crushTree, takesData } from './crush-tree.ts'
import { smallBytesMax } from './profiles.ts'
import type { MapDevice, Pool, PoolRule, PoolsBySize, StoreMap } from './store-map.ts'

/** Where a process has the newest map from. */
export interface MapSource {
  readonly current: Placement
  /** @returns what ends it */
  onChange(listener: (placement: Placement) => void): () => void
}

/** What was computed for a layout of drives: by pool the sets of its placement groups, and the trees they come from. */
interface Computed {
  /** All that sets depend on beside the pool, as text. */
  readonly layout: string
  readonly trees: Map<string, CrushTree>
  readonly sets: Map<number, (readonly number[] | undefined)[]>
}

/** What follows from one map: which pool data takes, and which devices its chunks belong on. */
export class Placement {
  readonly map: StoreMap
  readonly #pools: ReadonlyMap<number, Pool>
  readonly #devices: ReadonlyMap<number, MapDevice>
  readonly #computed: Computed

  /** @param previous most changes (a drive is down, a new pool) leave sets as they are: they are taken over from it */
  constructor(map: StoreMap, previous?: Placement) {
    this.map = map
    this.#pools = new Map(map.pools.map((pool) => [pool.id, pool]))
    this.#devices = new Map(map.devices.map((device) => [device.id, device]))
    const layout = layoutOf(map)
    const known = previous === undefined ? undefined : previous.#computed
    this.#computed = known?.layout === layout ? known : { layout, trees: new Map(), sets: new Map() }
  }

  /** @throws FormatError when the map has no such pool */
  pool(id: number): Pool {
    const pool = this.#pools.get(id)
    if (pool === undefined) throw new FormatError(`the map of epoch ${this.map.epoch} has no pool ${id}`)
    return pool
  }

  /** The pool that new data takes. */
  poolFor(bucket: string, storageClass: string, sizeBytes: number): Pool {
    const rule =
      this.#rule(bucket, storageClass) ??
      this.#rule(undefined, storageClass) ??
      this.#rule(bucket, 'STANDARD') ??
      this.#rule(undefined, 'STANDARD')
    if (rule === undefined) throw new FormatError(`the map of epoch ${this.map.epoch} has no rule for STANDARD`)
    return this.pool(poolBySize(rule.pools, sizeBytes))
  }

  #rule(bucket: string | undefined, storageClass: string): PoolRule | undefined {
    return this.map.rules.find((rule) => rule.bucket === bucket && rule.storageClass === storageClass)
  }

  /** The pool that data of this one belongs in now: itself, or what replaced it. */
  targetPool(pool: Pool, lengthBytes: number): Pool {
    let target = this.pool(pool.id)
    while (target.replacedBy !== undefined) target = this.pool(poolBySize(target.replacedBy, lengthBytes))
    return target
  }

  /** The placement group of a data. */
  groupOf(pool: Pool, dataId: Buffer): number {
    return stableMod(hashObjectName(dataId.toString('hex')), pool.pgCount, stableModMask(pool.pgCount))
  }

  /** The devices of a data, in its set order; fewer than k + m when there are not enough. */
  setOf(pool: Pool, dataId: Buffer): readonly number[] {
    return this.setOfGroup(pool, this.groupOf(pool, dataId))
  }

  /** The devices of a placement group, in its set order. */
  setOfGroup(pool: Pool, group: number): readonly number[] {
    let sets = this.#computed.sets.get(pool.id)
    if (sets === undefined) {
      sets = new Array<readonly number[] | undefined>(pool.pgCount).fill(undefined)
      this.#computed.sets.set(pool.id, sets)
    }
    const known = sets[group]
    if (known !== undefined) return known
    const set = chooseSet(this.treeOf(pool), crushInput(pool, group), pool.k + pool.m)
    sets[group] = set
    return set
  }

  /** The drives that a pool is placed on, as CRUSH sees them. */
  treeOf({ deviceClass, failureDomain }: Pick<Pool, 'deviceClass' | 'failureDomain'>): CrushTree {
    const key = `${failureDomain} ${deviceClass}`
    let tree = this.#computed.trees.get(key)
    if (tree === undefined) {
      tree = crushTree(this.map, deviceClass, failureDomain)
      this.#computed.trees.set(key, tree)
    }
    return tree
  }

  /** Undefined when there is none any more. */
  device(id: number): MapDevice | undefined {
    return this.#devices.get(id)
  }

  /** Whether a device exists and answers. */
  isUp(id: number): boolean {
    return this.#devices.get(id)?.isUp === true
  }
}

/** What CRUSH places for a placement group: the same as Ceph's x. */
export function crushInput(pool: Pick<Pool, 'id'>, group: number): number {
  return hash2(group, pool.id)
}

function poolBySize(pools: PoolsBySize, sizeBytes: number): number {
  return sizeBytes <= smallBytesMax ? pools.small : pools.large
}

function layoutOf({ devices, buckets }: StoreMap): string {
  const placed = devices.filter(takesData)
  return JSON.stringify([placed.map((d) => [d.id, d.host, d.rack, d.deviceClass, d.capacityBytes]), buckets])
}
