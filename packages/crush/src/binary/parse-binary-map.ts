import { auxiliaryOf, treeNodeCount } from '../map/auxiliary.ts'
import { CrushError } from '../map/crush-error.ts'
import {
  algorithmNumbers,
  type BucketAlgorithm,
  type ChooseArgs,
  type ChooseArgsSet,
  type CrushBucket,
  type CrushMap,
  type CrushRule,
  type RuleStep,
} from '../map/crush-map.ts'
import { fromStepNumbers } from '../map/step-numbers.ts'
import { type Tunables, tunableProfiles } from '../map/tunables.ts'
import { ByteReader } from './byte-reader.ts'

/** First word of every binary map. */
export const magic = 0x00010000

const algorithms = new Map<number, BucketAlgorithm>(
  Object.entries(algorithmNumbers).map(([name, number]) => [number, name as BucketAlgorithm]),
)

/**
 * Reads the binary form of a map, as `crushtool -c` writes it and `ceph osd getcrushmap` returns it. A map of an old
 * release may end early and gets that release's tunables; what later releases add at the end does not bear on the rules
 * understood here and is not read. Throws a CrushError with the byte.
 */
export function parseBinaryMap(bytes: Uint8Array): CrushMap {
  const reader = new ByteReader(bytes)
  const first = reader.u32('the magic number')
  if (first !== magic) throw new CrushError('byte 0', `not a binary CRUSH map: it starts with 0x${first.toString(16)}`)
  const bucketSlots = reader.u32('the number of crush bucket slots')
  const ruleSlots = reader.u32('the number of rule slots')
  reader.s32('the number of devices')
  const rawBuckets = reader.list(bucketSlots, 4, 'crush buckets', () => readBucket(reader)).filter(isThere)
  const rawRules = reader.list(ruleSlots, 4, 'rules', (id) => readRule(reader, id)).filter(isThere)
  const types = readStrings(reader, 'type names')
  const names = readStrings(reader, 'item names')
  const ruleNames = readStrings(reader, 'rule names')
  const tunables = readTunables(reader)
  const classes = readClasses(reader)
  const chooseArgs = reader.atEnd ? [] : readChooseArgs(reader)

  const shadowOf = new Map(
    classes.shadows.flatMap(({ of, ids }) =>
      ids.map(({ classId, id }) => [id, { of, class: classes.names.get(classId)! }]),
    ),
  )
  return {
    tunables,
    types: [...types].map(([id, name]) => ({ id, name })),
    devices: [...names]
      .filter(([id]) => id >= 0)
      .map(([id, name]) => {
        const deviceClass = classes.names.get(classes.ofItem.get(id) ?? -1)
        return { id, name, ...(deviceClass !== undefined && { class: deviceClass }) }
      }),
    buckets: rawBuckets.map((raw) => finishBucket(raw, names, shadowOf, tunables.strawCalcVersion)),
    rules: rawRules.map((rule) => ({ ...rule, name: ruleNames.get(rule.id) ?? `rule${rule.id}` })),
    chooseArgs,
    classes: [...classes.names].map(([id, name]) => ({ id, name })),
  }
}

function isThere<Value>(value: Value | undefined): value is Value {
  return value !== undefined
}

type RawBucket = Omit<CrushBucket, 'name' | 'shadow'>

function readBucket(reader: ByteReader): RawBucket | undefined {
  const number = reader.u32('an algorithm')
  if (number === 0) return undefined
  const id = reader.s32('a crush bucket id')
  const type = reader.u16('a type')
  const algorithm = algorithms.get(reader.u8('an algorithm'))
  const hash = reader.u8('a hash')
  if (algorithm === undefined) throw reader.error(`crush bucket ${id} has the unknown algorithm ${number}`)
  if (hash !== 0) throw reader.error(`crush bucket ${id} has the hash ${hash}; CRUSH has 0, which is rjenkins1`)
  const weight = reader.u32('a weight')
  const size = reader.u32('a size')
  const ids = reader.list(size, 4, 'items', () => reader.s32('an item'))
  const { weights, auxiliary } = readWeights(reader, algorithm, size)
  return {
    id,
    type,
    algorithm,
    weight,
    items: ids.map((item, index) => ({ id: item, weight: weights[index]! })),
    auxiliary,
  }
}

function readWeights(
  reader: ByteReader,
  algorithm: BucketAlgorithm,
  size: number,
): { weights: number[]; auxiliary: number[] } {
  const read = () => reader.u32('a weight')
  if (algorithm === 'uniform') {
    const weight = read()
    return { weights: new Array(size).fill(weight), auxiliary: [] }
  }
  if (algorithm === 'straw2') return { weights: reader.list(size, 4, 'weights', read), auxiliary: [] }
  if (algorithm === 'tree') {
    const count = reader.u8('the number of tree nodes')
    if (count !== treeNodeCount(size)) throw reader.error(`a tree of ${size} items cannot have ${count} nodes`)
    const nodes = reader.list(count, 4, 'tree nodes', read)
    return { weights: Array.from({ length: size }, (_, item) => nodes[2 * item + 1]!), auxiliary: nodes }
  }
  const pairs = reader.list(size, 8, 'weights', () => [read(), read()] as const)
  return { weights: pairs.map(([weight]) => weight), auxiliary: pairs.map(([, other]) => other) }
}

/** The crush bucket with its name; the auxiliary numbers only where they are not what the weights give. */
function finishBucket(
  raw: RawBucket,
  names: ReadonlyMap<number, string>,
  shadowOf: ReadonlyMap<number, NonNullable<CrushBucket['shadow']>>,
  strawCalcVersion: number,
): CrushBucket {
  const { id, type, algorithm, weight, items, auxiliary = [] } = raw
  const weights = items.map((item) => item.weight)
  const computed = auxiliaryOf(algorithm, weights, strawCalcVersion)
  const shadow = shadowOf.get(id)
  return {
    id,
    name: names.get(id) ?? `bucket${-1 - id}`,
    type,
    algorithm,
    weight,
    items,
    ...(computed.some((value, index) => value !== auxiliary[index]) && { auxiliary }),
    ...(shadow !== undefined && { shadow }),
  }
}

function readRule(reader: ByteReader, id: number): Omit<CrushRule, 'name'> | undefined {
  if (reader.u32('a rule slot') === 0) return undefined
  const stepCount = reader.u32('the length of a rule')
  const ruleset = reader.u8('a rule set')
  const type = reader.u8('the type of a rule')
  if (type !== 1 && type !== 3)
    throw reader.error(`rule ${id} is of type ${type}; 1 (replicated) and 3 (erasure) are supported`)
  const minSize = reader.u8('min_size')
  const maxSize = reader.u8('max_size')
  const steps = reader.list(stepCount, 12, 'steps', () => readStep(reader, id))
  const kind = type === 1 ? 'replicated' : 'erasure'
  return { id, kind, minSize, maxSize, steps, ...(ruleset !== id && { ruleset }) }
}

function readStep(reader: ByteReader, rule: number): RuleStep {
  const op = reader.u32('a step')
  const first = reader.s32('the argument of a step')
  const second = reader.s32('the argument of a step')
  const step = fromStepNumbers(op, first, second)
  if (step === undefined) throw reader.error(`rule ${rule} has the step ${op}, which is not supported`)
  return step
}

function readStrings(reader: ByteReader, what: string): Map<number, string> {
  const count = reader.u32(what)
  return new Map(reader.list(count, 8, what, () => [reader.s32(what), reader.string(what)]))
}

/** Tunables were added release by release; a map that ends before one has the value that release behaved by. */
function readTunables(reader: ByteReader): Tunables {
  const tunables: Record<keyof Tunables, number> = { ...tunableProfiles.argonaut }
  const read = (key: keyof Tunables, width: 'u8' | 'u32') => {
    if (!reader.atEnd) tunables[key] = reader[width](`the tunable ${key}`)
  }
  read('chooseLocalTries', 'u32')
  read('chooseLocalFallbackTries', 'u32')
  read('chooseTotalTries', 'u32')
  read('chooseleafDescendOnce', 'u32')
  read('chooseleafVaryR', 'u8')
  read('strawCalcVersion', 'u8')
  read('allowedBucketAlgorithms', 'u32')
  read('chooseleafStable', 'u8')
  return tunables
}

interface Classes {
  ofItem: Map<number, number>
  names: Map<number, string>
  shadows: { of: number; ids: { classId: number; id: number }[] }[]
}

function readClasses(reader: ByteReader): Classes {
  if (reader.atEnd) return { ofItem: new Map(), names: new Map(), shadows: [] }
  const pair = () => [reader.s32('a class'), reader.s32('a class')] as const
  const ofItem = new Map(reader.list(reader.u32('device classes'), 8, 'device classes', pair))
  const names = readStrings(reader, 'class names')
  const shadows = reader.list(reader.u32('shadows'), 8, 'shadows', () => ({
    of: reader.s32('a crush bucket'),
    ids: reader.list(reader.u32('shadows'), 8, 'shadows', pair).map(([classId, id]) => ({ classId, id })),
  }))
  return { ofItem, names, shadows }
}

function readChooseArgs(reader: ByteReader): ChooseArgsSet[] {
  return reader.list(reader.u32('choose_args'), 12, 'choose_args', () => ({
    id: reader.s64('the id of a choose_args set'),
    args: reader.list(reader.u32('choose_args'), 12, 'choose_args', (): ChooseArgs => {
      const bucket = -1 - reader.u32('a crush bucket')
      const weightSet = reader.list(reader.u32('positions'), 4, 'positions', () =>
        reader.list(reader.u32('weights'), 4, 'weights', () => reader.u32('a weight')),
      )
      const ids = reader.list(reader.u32('ids'), 4, 'ids', () => reader.s32('an id'))
      return { bucket, ...(weightSet.length > 0 && { weightSet }), ...(ids.length > 0 && { ids }) }
    }),
  }))
}
