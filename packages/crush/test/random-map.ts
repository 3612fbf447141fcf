// Random maps for comparison with the reference: every algorithm, every step, tunables, classes and weight sets.
import {
  type BucketAlgorithm,
  type ChooseArgs,
  type CrushBucket,
  type CrushDevice,
  type CrushItem,
  type CrushMap,
  type CrushRule,
  type RuleStep,
  type Tunables,
  tunableProfiles,
  weightOne,
} from '../src/index.ts'
import { rebuildShadows } from '../src/map/shadows.ts'
import type { Random } from './random.ts'

const algorithms: readonly BucketAlgorithm[] = ['straw2', 'straw2', 'uniform', 'list', 'tree', 'straw']
const classNames = ['hdd', 'ssd', 'nvme']
const typeNames = ['osd', 'host', 'rack', 'root']

/** What the tests run on a map: a rule, a size, a range of inputs and reweights. */
export interface TestCase {
  readonly rule: number
  readonly size: number
  readonly minX: number
  readonly count: number
  /** Device id and its reweight, 0 to 1. */
  readonly weights: readonly (readonly [device: number, weight: number])[]
}

/** A random map of 5 to 100 devices, sometimes several hundred, on one to three levels of crush buckets. */
export function randomMap(random: Random): CrushMap {
  const hasClasses = random.chance(0.35)
  // crushtool 16.2 crashes while it makes shadows of older algorithms, or leaves parts of them uninitialized.
  const choice: readonly BucketAlgorithm[] = hasClasses ? ['straw2'] : algorithms
  const single = random.chance(0.5) ? random.pick(choice) : undefined
  const algorithm = () => single ?? random.pick(choice)
  const levels = random.pick([1, 2, 2, 3, 3])
  const large = random.chance(0.08)
  const devices: CrushDevice[] = []
  const buckets: CrushBucket[] = []

  const grow = (level: number): CrushBucket => {
    const own = algorithm()
    const items: CrushItem[] = []
    const uniformWeight = random.integer(1, 20 * weightOne) // crushtool aborts at 0
    const width = levels === 1 ? random.integer(5, 30) : random.integer(level === 1 ? 1 : 2, large ? 9 : 5)
    for (let index = 0; index < width; index += 1) {
      if (level > 1) {
        const below = grow(level - 1)
        items.push({ id: below.id, weight: own === 'uniform' ? uniformWeight : readable(below.weight) })
        continue
      }
      const id = devices.length + (random.chance(0.05) ? 1 : 0)
      while (devices.length < id) devices.push({ id: devices.length, name: `osd.${devices.length}` })
      devices.push({ id, name: `osd.${id}`, ...(hasClasses && { class: random.pick(classNames) }) })
      items.push({ id, weight: own === 'uniform' ? uniformWeight : randomWeight(random) })
    }
    const bucket: CrushBucket = {
      id: -1 - buckets.length,
      name: `${typeNames[level === levels ? 3 : level]}${buckets.length}`,
      type: level === levels ? 3 : level,
      algorithm: own,
      weight: items.reduce((sum, item) => sum + item.weight, 0),
      items,
    }
    buckets.push(bucket)
    return bucket
  }
  const root = grow(levels)
  const bare: CrushMap = {
    tunables: randomTunables(random),
    types: typeNames.map((name, id) => ({ id, name })),
    devices,
    buckets,
    rules: [],
    chooseArgs: [],
    classes: hasClasses
      ? [...new Set(devices.flatMap((each) => each.class ?? []))].map((name, id) => ({ id, name }))
      : [],
  }
  const map = rebuildShadows(bare)
  const roots = [root, ...map.buckets.filter((bucket) => bucket.shadow?.of === root.id)]
  const rules = Array.from({ length: 5 }, (_, id) => randomRule(random, id, roots, levels))
  return { ...map, rules, chooseArgs: random.chance(0.4) ? [{ id: 0, args: randomChooseArgs(random, map) }] : [] }
}

/** Random runs of the map's rules. */
export function randomCases(random: Random, map: CrushMap, caseCount: number, inputCount: number): TestCase[] {
  // One device stays in: crushtool prints nothing when all that are held are out.
  const held = new Set(map.buckets.flatMap((bucket) => bucket.items.map((item) => item.id)))
  const others = map.devices.filter(({ id }) => held.has(id)).slice(1)
  return Array.from({ length: caseCount }, () => {
    const reweighted = random.chance(0.5) ? others.filter(() => random.chance(0.25)) : []
    return {
      rule: random.pick(map.rules).id,
      size: random.integer(1, random.chance(0.2) ? 10 : 5),
      minX: random.chance(0.2) ? random.integer(0, 0x7fff0000) : random.integer(0, 100_000),
      count: inputCount,
      weights: reweighted.map(({ id }) => [id, random.pick([0, 0, 0.25, 0.5, 0.9])] as const),
    }
  })
}

/** The text form is read in single precision, which holds 24 bits of a weight. */
function readable(weight: number): number {
  return weight < 2 ** 24 ? weight : weight - (weight % 0x100)
}

function randomWeight(random: Random): number {
  if (random.chance(0.05)) return 0
  if (random.chance(0.4)) return random.integer(1, 8) * weightOne
  return random.integer(1, 20 * weightOne)
}

function randomTunables(random: Random): Tunables {
  const profile = random.pick(Object.values(tunableProfiles))
  if (random.chance(0.7)) return profile
  return {
    ...profile,
    chooseLocalTries: random.integer(0, 3),
    chooseLocalFallbackTries: random.integer(0, 5),
    chooseTotalTries: random.integer(5, 60),
    chooseleafDescendOnce: random.integer(0, 1),
    chooseleafVaryR: random.integer(0, 4),
    chooseleafStable: random.integer(0, 1),
    strawCalcVersion: random.integer(0, 1),
  }
}

function randomRule(random: Random, id: number, roots: readonly CrushBucket[], levels: number): CrushRule {
  const mode = random.pick(['firstn', 'indep'] as const)
  const steps: RuleStep[] = []
  if (random.chance(0.3)) steps.push({ op: 'set_choose_tries', value: random.integer(0, 100) })
  if (random.chance(0.3)) steps.push({ op: 'set_chooseleaf_tries', value: random.integer(0, 10) })
  if (random.chance(0.1)) steps.push({ op: 'set_choose_local_tries', value: random.integer(0, 3) })
  if (random.chance(0.1)) steps.push({ op: 'set_choose_local_fallback_tries', value: random.integer(0, 3) })
  if (random.chance(0.1)) steps.push({ op: 'set_chooseleaf_vary_r', value: random.integer(0, 3) })
  if (random.chance(0.1)) steps.push({ op: 'set_chooseleaf_stable', value: random.integer(0, 1) })
  const takes = random.chance(0.15) ? 2 : 1
  for (let take = 0; take < takes; take += 1) {
    steps.push({ op: 'take', item: random.pick(roots).id }, ...randomChoice(random, mode, levels), { op: 'emit' })
  }
  return { id, name: `rule${id}`, kind: mode === 'firstn' ? 'replicated' : 'erasure', minSize: 1, maxSize: 10, steps }
}

/** Steps that end at devices: crushtool's own statistics are corrupted by rules that emit crush buckets. */
function randomChoice(random: Random, mode: 'firstn' | 'indep', levels: number): RuleStep[] {
  if (random.chance(0.3) && levels > 1) {
    const upper = random.integer(1, levels - 1)
    return [
      { op: `choose_${mode}`, count: random.integer(1, 3), type: upper },
      { op: `chooseleaf_${mode}`, count: random.integer(1, 3), type: random.integer(0, upper - 1) },
    ]
  }
  const count = random.pick([0, 0, 0, -1, 2, 4])
  if (random.chance(0.65)) return [{ op: `chooseleaf_${mode}`, count, type: random.integer(0, levels - 1) }]
  return [{ op: `choose_${mode}`, count, type: 0 }]
}

function randomChooseArgs(random: Random, map: CrushMap): ChooseArgs[] {
  return map.buckets
    .filter((bucket) => bucket.algorithm === 'straw2' && bucket.items.length > 0 && random.chance(0.7))
    .map((bucket) => {
      const row = () => bucket.items.map(() => randomWeight(random))
      const weightSet = Array.from({ length: random.integer(0, 4) }, row)
      const ids =
        random.chance(0.3) || weightSet.length === 0 ? bucket.items.map(() => random.integer(-5000, 5000)) : []
      return { bucket: bucket.id, ...(weightSet.length > 0 && { weightSet }), ...(ids.length > 0 && { ids }) }
    })
}
