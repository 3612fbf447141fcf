// Device classes. For each class, every root has a shadow: the same tree with the devices of that class only. A rule
// that takes `default class ssd` starts from the shadow `default~ssd`, so placing itself knows nothing of classes.
import type { ChooseArgs, ChooseArgsSet, CrushBucket, CrushItem, CrushMap } from './crush-map.ts'

/** Ids that shadows must get: by id of the original crush bucket, then by class. */
export type ShadowIds = ReadonlyMap<number, ReadonlyMap<string, number>>

/** The shadow ids that a map has now. */
export function shadowIdsOf(map: CrushMap): ShadowIds {
  const ids = new Map<number, Map<string, number>>()
  for (const { id, shadow } of map.buckets) {
    if (shadow === undefined) continue
    const byClass = ids.get(shadow.of) ?? new Map<string, number>()
    ids.set(shadow.of, byClass.set(shadow.class, id))
  }
  return ids
}

/**
 * The map with its shadows made anew from its trees, classes and weight sets. Shadows keep the ids of `ids`, by default
 * those they have; a new one takes the highest free id below 0. A root with a uniform crush bucket below it gets none,
 * since the items left over could not all weigh the same; Ceph makes none there either.
 */
export function rebuildShadows(map: CrushMap, ids: ShadowIds = shadowIdsOf(map)): CrushMap {
  const buckets = new Map(map.buckets.filter(({ shadow }) => !shadow).map((bucket) => [bucket.id, bucket]))
  const taken = new Set([...buckets.keys(), ...[...ids.values()].flatMap((byClass) => [...byClass.values()])])
  const classOf = new Map(map.devices.map((device) => [device.id, device.class]))
  const shadows = new Map<string, CrushBucket>()
  const originalIndexes = new Map<number, number[]>()

  const freeId = () => {
    let id = -1
    while (taken.has(id)) id -= 1
    taken.add(id)
    return id
  }
  const shadowOf = (original: CrushBucket, className: string): CrushBucket => {
    const name = `${original.name}~${className}`
    const made = shadows.get(name)
    if (made !== undefined) return made
    const items: CrushItem[] = []
    const indexes: number[] = []
    original.items.forEach(({ id, weight }, index) => {
      if (id >= 0 && classOf.get(id) !== className) return
      const below = id < 0 ? shadowOf(buckets.get(id)!, className) : undefined
      items.push(below === undefined ? { id, weight } : { id: below.id, weight: below.weight })
      indexes.push(index)
    })
    const id = ids.get(original.id)?.get(className) ?? freeId()
    const weight = items.reduce((sum, item) => sum + item.weight, 0)
    const { type, algorithm } = original
    const shadow = { id, name, type, algorithm, weight, items, shadow: { of: original.id, class: className } }
    shadows.set(name, shadow)
    originalIndexes.set(id, indexes)
    return shadow
  }

  const classes = [...map.classes].sort((a, b) => a.id - b.id)
  for (const root of rootsOf([...buckets.values()])) {
    if (!holdsUniform(root, buckets)) for (const { name } of classes) shadowOf(root, name)
  }
  const all = [...buckets.values(), ...shadows.values()].sort((a, b) => b.id - a.id)
  const sets = map.chooseArgs.map((set) => shadowChooseArgs(set, buckets, [...shadows.values()], originalIndexes))
  return { ...map, buckets: all, chooseArgs: sets }
}

/** Crush buckets that no other holds, by rising id: the order in which Ceph gives their shadows ids. */
export function rootsOf(buckets: readonly CrushBucket[]): CrushBucket[] {
  const held = new Set(buckets.flatMap((bucket) => bucket.items.map((item) => item.id)))
  return buckets.filter((bucket) => !held.has(bucket.id)).sort((a, b) => a.id - b.id)
}

function holdsUniform(bucket: CrushBucket, buckets: ReadonlyMap<number, CrushBucket>): boolean {
  if (bucket.algorithm === 'uniform') return true
  return bucket.items.some(({ id }) => id < 0 && holdsUniform(buckets.get(id)!, buckets))
}

/** The set with entries for shadows derived from those of their originals: a crush bucket's weight is the sum below it. */
function shadowChooseArgs(
  set: ChooseArgsSet,
  originals: ReadonlyMap<number, CrushBucket>,
  shadows: readonly CrushBucket[],
  originalIndexes: ReadonlyMap<number, readonly number[]>,
): ChooseArgsSet {
  const own = set.args.filter((entry) => originals.has(entry.bucket))
  const byBucket = new Map<number, ChooseArgs>(own.map((entry) => [entry.bucket, entry]))
  for (const shadow of shadows) {
    const rows = byBucket.get(shadow.shadow!.of)?.weightSet
    if (rows === undefined) continue
    const indexes = originalIndexes.get(shadow.id)!
    const weightSet = rows.map((row, position) =>
      shadow.items.map(({ id, weight }, index) => {
        if (id >= 0) return row[indexes[index]!]!
        const below = byBucket.get(id)?.weightSet
        return below?.[Math.min(position, below.length - 1)]?.reduce((sum, each) => sum + each, 0) ?? weight
      }),
    )
    byBucket.set(shadow.id, { bucket: shadow.id, weightSet })
  }
  return { id: set.id, args: [...byBucket.values()].sort((a, b) => b.bucket - a.bucket) }
}
