import {
  allIn,
  type CompiledMap,
  type CrushBucket,
  type CrushItem,
  type CrushMap,
  type CrushRule,
  compileMap,
  doRule,
  hash2,
  none,
  toWeight,
  tunableProfiles,
} from '@headrace/crush'
import { FormatError } from '../../../core/bytes.ts'
import type { FailureDomain, MapBucket, MapDevice, StoreMap } from './store-map.ts'

/** CRUSH types by number. */
const types = ['drive', 'host', 'rack', 'root']

/** A drive of less than 1 GiB weighs as one of 1 GiB, so that a test's small drives have a weight at all. */
const weightMin = 64

const setRule = 0
const positionsRule = 1

/** The drives that pools of one class and one failure domain are placed on, ready for placing. */
export interface CrushTree {
  /** Plain data; `formatTextMap` of @headrace/crush makes it what crushtool reads. */
  readonly map: CrushMap
  readonly compiled: CompiledMap
  /** Reweights: all are in, since a drive that is not is left out of the tree. */
  readonly weights: Uint32Array
  /** Each drive's failure domain: ids that differ where domains do. */
  readonly domains: ReadonlyMap<number, number>
  readonly domainCount: number
}

/** Whether data belongs on a drive. One that is down is still waited for. */
export function takesData(device: MapDevice): boolean {
  return device.membership === 'in'
}

/** CRUSH weight of a drive (16.16, 1.0 for each TiB). */
export function weightOf({ capacityBytes }: Pick<MapDevice, 'capacityBytes'>): number {
  return Math.max(weightMin, toWeight(capacityBytes / 2 ** 40))
}

/** The failure domain that a drive is in. Where drives have no rack, their host stands for one. */
export function domainOf(
  device: MapDevice,
  domain: FailureDomain,
): { kind: 'drive' | MapBucket['kind']; name: string } {
  if (domain === 'drive') return { kind: 'drive', name: `drive${device.id}` }
  if (domain === 'rack' && device.rack !== undefined) return { kind: 'rack', name: device.rack }
  return { kind: 'host', name: device.host }
}

/**
 * The tree of a device class: root, failure domains, drives. Levels that are no failure domain are left out, for with them
 * a new drive would also move data between its neighbours (three copies on two hosts, from 6 to 7 drives: 1.34 × the
 * least). Drives that take no data are left out too: CRUSH places as if their weight were zero.
 */
export function crushTree(map: StoreMap, deviceClass: string, failureDomain: FailureDomain): CrushTree {
  const devices = map.devices.filter((device) => device.deviceClass === deviceClass && takesData(device))
  const root = bucketId(map, 'root', 'default')
  const domains = new Map<number, number>()
  const held = new Map<number, CrushItem[]>()
  for (const device of devices) {
    const { kind, name } = domainOf(device, failureDomain)
    const holder = kind === 'drive' ? root : bucketId(map, kind, name)
    domains.set(device.id, kind === 'drive' ? device.id : holder)
    held.set(holder, [...(held.get(holder) ?? []), { id: device.id, weight: weightOf(device) }])
  }
  const below = [...held].filter(([id]) => id !== root).map(([id, items]) => straw2Bucket(map, id, items))
  const rootItems = held.get(root) ?? below.map(({ id, weight }) => ({ id, weight }))
  const crushMap: CrushMap = {
    tunables: tunableProfiles.jewel,
    types: types.map((name, id) => ({ id, name })),
    devices: devices.map(({ id }) => ({ id, name: `drive${id}` })),
    // Domains are of one type to CRUSH, though a host may stand for a rack.
    buckets: [
      straw2Bucket(map, root, rootItems),
      ...below.map((bucket) => ({ ...bucket, type: types.indexOf('host') })),
    ],
    rules: rules(root, failureDomain),
    chooseArgs: [],
    classes: [],
  }
  return {
    map: crushMap,
    compiled: compileMap(crushMap),
    weights: allIn(crushMap),
    domains,
    domainCount: new Set(domains.values()).size,
  }
}

function bucketId(map: StoreMap, kind: MapBucket['kind'], name: string): number {
  const found = map.buckets.find((bucket) => bucket.kind === kind && bucket.name === name)
  if (found === undefined) throw new FormatError(`the map has no crush bucket for ${kind} ${name}`)
  return found.id
}

function straw2Bucket(map: StoreMap, id: number, items: readonly CrushItem[]): CrushBucket {
  const { kind, name } = map.buckets.find((bucket) => bucket.id === id) as MapBucket
  const weight = items.reduce((sum, item) => sum + item.weight, 0)
  return {
    id,
    name: kind === 'root' ? name : `${kind}-${name}`,
    type: types.indexOf(kind),
    algorithm: 'straw2',
    weight,
    items,
  }
}

/**
 * One rule for sets, and one for what CRUSH would do if positions mattered. Chunks keep their numbers, so firstn is right
 * for coded data too, and moves less of a set than indep: from 9 to 10 drives 1.07 × the least and not 1.13 × (4+2).
 */
function rules(root: number, domain: FailureDomain): CrushRule[] {
  const toLeaf = domain !== 'drive'
  const type = toLeaf ? types.indexOf('host') : 0
  const rule = (id: number, name: string, mode: 'firstn' | 'indep'): CrushRule => ({
    id,
    name,
    kind: mode === 'firstn' ? 'replicated' : 'erasure',
    minSize: 1,
    maxSize: 32,
    steps: [
      { op: 'set_chooseleaf_tries', value: 5 },
      { op: 'set_choose_tries', value: 100 },
      { op: 'take', item: root },
      { op: toLeaf ? `chooseleaf_${mode}` : `choose_${mode}`, count: 0, type },
      { op: 'emit' },
    ],
  })
  return [rule(setRule, 'set', 'firstn'), rule(positionsRule, 'positions', 'indep')]
}

/**
 * The devices of an input: `size` of them, or one of each failure domain where there are fewer. Their order is the input's
 * own. In the order of firstn the first devices are the heavy ones and the last makes room for a newcomer, so that new
 * drives would have coding chunks only, which nobody reads.
 * @param x what is placed: a hash of placement group and pool
 */
export function chooseSet(tree: CrushTree, x: number, size: number): number[] {
  // With firstn the first places do not depend on how many are asked for, so none are that cannot be had.
  const wanted = Math.min(size, tree.domainCount)
  if (wanted === 0) return []
  const result = new Int32Array(wanted)
  const found = doRule(tree.compiled, setRule, x, wanted, tree.weights, result)
  const set = [...result.subarray(0, found)]
  return shuffled(x, found < wanted ? completed(tree, x, set, wanted) : set)
}

/** An order of devices for each input, which is the same whatever others there are. */
function shuffled(x: number, devices: Iterable<number>): number[] {
  const ranked = Array.from(devices, (device) => ({ device, rank: hash2(x, device) }))
  return ranked.sort((a, b) => a.rank - b.rank || a.device - b.device).map(({ device }) => device)
}

/**
 * A drive that is a hundred times smaller than its neighbours may not be drawn in all tries. Where it is needed to fill
 * the set, it is taken all the same.
 */
function completed({ domains }: CrushTree, x: number, set: readonly number[], wanted: number): number[] {
  const full = [...set]
  const used = new Set(set.map((device) => domains.get(device)))
  for (const device of shuffled(x, domains.keys())) {
    if (full.length === wanted) break
    const domain = domains.get(device)
    if (used.has(domain)) continue
    used.add(domain)
    full.push(device)
  }
  return full
}

/** What plain CRUSH would give each chunk number, by indep; undefined where it finds none. Only for comparisons. */
export function choosePositions(tree: CrushTree, x: number, size: number): (number | undefined)[] {
  if (tree.domainCount === 0) return Array.from({ length: size }, () => undefined)
  const result = new Int32Array(size)
  doRule(tree.compiled, positionsRule, x, size, tree.weights, result)
  return Array.from(result, (device) => (device === none ? undefined : device))
}
