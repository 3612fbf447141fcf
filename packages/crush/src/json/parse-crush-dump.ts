import { CrushError } from '../map/crush-error.ts'
import {
  algorithmNumbers,
  type BucketAlgorithm,
  type ChooseArgs,
  type ChooseArgsSet,
  type CrushBucket,
  type CrushDevice,
  type CrushMap,
  type CrushRule,
  choosingSteps,
  type RuleStep,
  settingSteps,
} from '../map/crush-map.ts'
import { fromStepNumbers } from '../map/step-numbers.ts'
import { type Tunables, tunableNames, tunableProfiles } from '../map/tunables.ts'
import { weightOne } from '../map/weight.ts'
import { JsonValue } from './json-reader.ts'

/**
 * Reads what `ceph osd crush dump` prints as JSON (`crushtool --dump` prints the same). That form lacks the straw lengths
 * of straw crush buckets and the ids of device classes; straws are computed again, so a map whose straws an older
 * release made is better read from its binary form. Throws a CrushError with the path of the field.
 */
export function parseCrushDump(text: string): CrushMap {
  const dump = JsonValue.parse(text, 'crush dump')
  const types = dump
    .get('types')
    .list()
    .map((type) => ({ id: type.get('type_id').number(), name: type.get('name').string() }))
  const rawBuckets = dump.get('buckets').list()
  const idByName = new Map(rawBuckets.map((bucket) => [bucket.get('name').string(), bucket.get('id').number()]))
  const buckets = rawBuckets.map((bucket) => readBucket(bucket, idByName)).sort((a, b) => b.id - a.id)
  const held = new Set(buckets.flatMap((bucket) => bucket.items.map((item) => item.id)))
  const devices = dump
    .get('devices')
    .list()
    .map(readDevice)
    .filter((device) => isReal(device, held))
  const classNames = [...devices.map((device) => device.class), ...buckets.map((bucket) => bucket.shadow?.class)]
  const typeIds = new Map(types.map(({ id, name }) => [name, id]))
  return {
    tunables: readTunables(dump.get('tunables')),
    types,
    devices,
    buckets,
    rules: dump
      .get('rules')
      .list()
      .map((rule) => readRule(rule, typeIds)),
    chooseArgs: dump.has('choose_args') ? dump.get('choose_args').entries().map(readChooseArgs) : [],
    classes: [...new Set(classNames.filter((name) => name !== undefined))].map((name, id) => ({ id, name })),
  }
}

function readDevice(device: JsonValue): CrushDevice {
  const deviceClass = device.has('class') ? device.get('class').string() : undefined
  const id = device.get('id').number()
  return { id, name: device.get('name').string(), ...(deviceClass !== undefined && { class: deviceClass }) }
}

/** The dump fills gaps between device ids with made-up names; those are not devices of the map. */
function isReal({ id, name }: CrushDevice, held: ReadonlySet<number>): boolean {
  return name !== `device${id}` || held.has(id)
}

function readBucket(bucket: JsonValue, idByName: ReadonlyMap<string, number>): CrushBucket {
  const algorithm = bucket.get('alg').string()
  if (!Object.hasOwn(algorithmNumbers, algorithm))
    throw new CrushError(bucket.path, `no algorithm is called ${algorithm}`)
  const name = bucket.get('name').string()
  const [original = '', className] = name.split('~')
  const of = className === undefined ? undefined : idByName.get(original)
  return {
    id: bucket.get('id').number(),
    name,
    type: bucket.get('type_id').number(),
    algorithm: algorithm as BucketAlgorithm,
    weight: bucket.get('weight').number() >>> 0, // printed as a signed number
    items: bucket
      .get('items')
      .list()
      .map((item) => ({ id: item.get('id').number(), weight: item.get('weight').number() >>> 0 })),
    ...(of !== undefined && className !== undefined && { shadow: { of, class: className } }),
  }
}

function readRule(rule: JsonValue, typeIds: ReadonlyMap<string, number>): CrushRule {
  const id = rule.get('rule_id').number()
  const type = rule.get('type').number()
  if (type !== 1 && type !== 3)
    throw new CrushError(rule.path, `type ${type}: 1 (replicated) and 3 (erasure) are supported`)
  const optional = (key: string, otherwise: number) => (rule.has(key) ? rule.get(key).number() : otherwise)
  const ruleset = optional('ruleset', id)
  return {
    id,
    name: rule.get('rule_name').string(),
    kind: type === 1 ? 'replicated' : 'erasure',
    minSize: optional('min_size', 1), // later releases leave the sizes out
    maxSize: optional('max_size', 10),
    steps: rule
      .get('steps')
      .list()
      .map((step) => readStep(step, typeIds)),
    ...(ruleset !== id && { ruleset }),
  }
}

function readStep(step: JsonValue, typeIds: ReadonlyMap<string, number>): RuleStep {
  if (step.has('opcode')) {
    const numbered = fromStepNumbers(step.get('opcode').number(), step.get('arg1').number(), step.get('arg2').number())
    if (numbered === undefined) throw new CrushError(step.path, 'an operation that is not supported')
    return numbered
  }
  const op = step.get('op').string()
  if (op === 'noop' || op === 'emit') return { op }
  if (op === 'take') return { op, item: step.get('item').number() }
  if (Object.hasOwn(settingSteps, op)) return { op: op as keyof typeof settingSteps, value: step.get('num').number() }
  if (!Object.hasOwn(choosingSteps, op)) throw new CrushError(step.path, `the operation ${op} is not supported`)
  const type = typeIds.get(step.get('type').string())
  if (type === undefined) throw new CrushError(step.path, `no type is called ${step.get('type').string()}`)
  return { op: op as keyof typeof choosingSteps, count: step.get('num').number(), type }
}

function readTunables(tunables: JsonValue): Tunables {
  const read: Record<keyof Tunables, number> = { ...tunableProfiles.argonaut }
  for (const [name, key] of Object.entries(tunableNames))
    if (tunables.has(name)) read[key] = tunables.get(name).number()
  return read
}

function readChooseArgs([id, entries]: [string, JsonValue]): ChooseArgsSet {
  const number = (value: JsonValue) => value.number()
  const args = entries.list().map((entry): ChooseArgs => {
    const rows = entry.has('weight_set') ? entry.get('weight_set').list() : []
    const weightSet = rows.map((row) => row.list().map((weight) => Math.round(weight.number() * weightOne)))
    const ids = entry.has('ids') ? entry.get('ids').list().map(number) : []
    const bucket = entry.get('bucket_id').number()
    return { bucket, ...(weightSet.length > 0 && { weightSet }), ...(ids.length > 0 && { ids }) }
  })
  return { id: Number(id), args: args.sort((a, b) => b.bucket - a.bucket) }
}
