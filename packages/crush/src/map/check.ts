// What must hold before a map can place anything. Every reader and every edit ends here, by way of `compileMap`.
import { auxiliaryCount } from './auxiliary.ts'
import { CrushError } from './crush-error.ts'
import { algorithmNumbers, type CrushBucket, type CrushMap } from './crush-map.ts'
import { namesById } from './names.ts'
import { operation } from './step-numbers.ts'

/** Highest device id and number of crush bucket slots: placing uses arrays that are this long at most. */
export const idLimit = 0x1000000

/** Levels of crush buckets above a device. Real maps have about five; the limit only bounds time. */
export const depthMax = 64

/** Items of a tree: the binary map counts its nodes, two or more an item, in one byte. */
export const treeItemsMax = 64

/**
 * Throws a CrushError for the first thing that makes a map unusable: an id that does not exist, is taken twice or is out
 * of range, a cycle, a weight that is no 16.16 integer, a step or a choose_args entry that points nowhere.
 */
export function checkMap(map: CrushMap): void {
  checkIds(map)
  for (const [name, value] of Object.entries(map.tunables)) {
    if (!isInteger(value, 0, 0xffffffff))
      throw new CrushError(`tunable ${name}`, `${value} is no unsigned 32-bit integer`)
  }
  const buckets = new Map(map.buckets.map((bucket) => [bucket.id, bucket]))
  const nameById = namesById(map)
  for (const bucket of map.buckets) checkBucket(bucket, buckets, nameById)
  const depths = new Map<number, number>()
  for (const bucket of map.buckets) checkDepth(bucket, buckets, depths, [])
  checkRules(map, buckets)
  checkChooseArgs(map, buckets)
}

function checkIds(map: CrushMap): void {
  const seen = new Map<number | string, string>()
  const claim = (key: number | string, place: string) => {
    const owner = seen.get(key)
    if (owner !== undefined)
      throw new CrushError(place, `${owner} already has the ${typeof key === 'number' ? 'id' : 'name'} ${key}`)
    seen.set(key, place)
  }
  for (const { id, name } of map.devices) {
    const place = `device ${name}`
    if (!isInteger(id, 0, idLimit - 1))
      throw new CrushError(place, `its id ${id} must be an integer in 0…${idLimit - 1}`)
    claim(id, place)
    claim(name, place)
  }
  for (const { id, name } of map.buckets) {
    const place = `crush bucket ${name}`
    if (!isInteger(id, -idLimit, -1)) throw new CrushError(place, `its id ${id} must be an integer in −${idLimit}…−1`)
    claim(id, place)
    claim(name, place)
  }
}

function checkBucket(
  bucket: CrushBucket,
  buckets: ReadonlyMap<number, CrushBucket>,
  nameById: (id: number) => string,
): void {
  const place = `crush bucket ${bucket.name}`
  if (!(bucket.algorithm in algorithmNumbers)) throw new CrushError(place, `no algorithm is called ${bucket.algorithm}`)
  if (!isInteger(bucket.type, 1, 0xffff))
    throw new CrushError(place, `its type ${bucket.type} must be in 1…65535; 0 is the type of devices`)
  if (bucket.algorithm === 'tree' && bucket.items.length > treeItemsMax) {
    throw new CrushError(
      place,
      `a tree holds at most ${treeItemsMax} items and this one ${bucket.items.length}; use straw2`,
    )
  }
  const seen = new Set<number>()
  let sum = 0
  for (const { id, weight } of bucket.items) {
    if (id < 0 ? !buckets.has(id) : !isInteger(id, 0, idLimit - 1))
      throw new CrushError(place, `its item ${id} does not exist`)
    if (seen.has(id)) throw new CrushError(place, `it holds ${nameById(id)} twice`)
    seen.add(id)
    if (!isInteger(weight, 0, 0xffffffff)) {
      throw new CrushError(
        place,
        `the weight of ${nameById(id)} is ${weight}: weights are 16.16 integers, 0x10000 for 1.0`,
      )
    }
    sum += weight
    if (bucket.algorithm === 'uniform' && weight !== bucket.items[0]!.weight) {
      throw new CrushError(
        place,
        `${nameById(id)} weighs another than the first item: in a uniform bucket all weigh the same`,
      )
    }
  }
  if (sum > 0xffffffff) throw new CrushError(place, 'its items weigh more than 65,535.99 together; lower their weights')
  checkAuxiliary(bucket, place)
}

function checkAuxiliary({ algorithm, items, auxiliary }: CrushBucket, place: string): void {
  if (auxiliary === undefined) return
  const expected = auxiliaryCount(algorithm, items.length)
  if (auxiliary.length !== expected || !auxiliary.every((value) => isInteger(value, 0, 0xffffffff))) {
    throw new CrushError(place, `its auxiliary numbers must be ${expected} unsigned 32-bit integers, or left out`)
  }
}

/** Depth of a bucket: 1 when it holds devices only. `path` are the buckets on the way down to it. */
function checkDepth(
  bucket: CrushBucket,
  buckets: ReadonlyMap<number, CrushBucket>,
  depths: Map<number, number>,
  path: readonly CrushBucket[],
): number {
  const known = depths.get(bucket.id)
  if (known !== undefined) return known
  const way = [...path, bucket]
  const names = way.map(({ name }) => name).join(' → ')
  if (path.includes(bucket)) throw new CrushError(`crush bucket ${bucket.name}`, `it contains itself: ${names}`)
  const tooDeep = () => new CrushError(`crush bucket ${bucket.name}`, `its tree is deeper than ${depthMax} levels`)
  if (way.length > depthMax) throw tooDeep()
  let depth = 1
  for (const { id } of bucket.items) {
    if (id < 0) depth = Math.max(depth, 1 + checkDepth(buckets.get(id)!, buckets, depths, way))
  }
  if (depth > depthMax) throw tooDeep()
  depths.set(bucket.id, depth)
  return depth
}

function checkRules(map: CrushMap, buckets: ReadonlyMap<number, CrushBucket>): void {
  const ids = new Set<number>()
  for (const rule of map.rules) {
    const place = `rule ${rule.name}`
    if (!isInteger(rule.id, 0, 255)) throw new CrushError(place, `its id ${rule.id} must be in 0…255`)
    if (ids.has(rule.id)) throw new CrushError(place, `another rule has the id ${rule.id}`)
    ids.add(rule.id)
    for (const step of rule.steps) {
      if (!Object.hasOwn(operation, step.op)) throw new CrushError(place, `CRUSH has no step ${step.op}`)
      if (step.op !== 'take') continue
      if (step.item < 0 ? !buckets.has(step.item) : !isInteger(step.item, 0, idLimit - 1)) {
        throw new CrushError(place, `it takes ${step.item}, which does not exist`)
      }
    }
  }
}

function checkChooseArgs(map: CrushMap, buckets: ReadonlyMap<number, CrushBucket>): void {
  for (const set of map.chooseArgs) {
    for (const { bucket, weightSet, ids } of set.args) {
      const size = buckets.get(bucket)?.items.length
      const place = `choose_args ${set.id}, bucket ${bucket}`
      if (size === undefined) throw new CrushError(place, 'the map has no such crush bucket')
      const lists = [...(weightSet ?? []), ...(ids?.length ? [ids] : [])]
      if (lists.some((list) => list.length !== size))
        throw new CrushError(place, `its lists must have ${size} entries, one an item`)
      if (!(weightSet ?? []).flat().every((weight) => isInteger(weight, 0, 0xffffffff))) {
        throw new CrushError(place, 'its weights must be 16.16 integers')
      }
    }
  }
}

function isInteger(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most
}
