import { CrushError } from '../map/crush-error.ts'
import type { ChooseArgsSet, CrushBucket, CrushItem, CrushMap, CrushRule, RuleStep } from '../map/crush-map.ts'
import { rebuildShadows } from '../map/shadows.ts'
import { weightOne } from '../map/weight.ts'
import { readSyntax } from './read-syntax.ts'
import type { TextBucket, TextMap, TextRule, TextStep } from './syntax.ts'

/**
 * Reads the text form of a map, as `crushtool -d` writes it and people edit it. Ids that the text leaves out are given
 * as `crushtool -c` gives them, an item's missing weight is the sum below it (1.0 for a device), and device classes get
 * their shadows. Throws a CrushError with the line.
 */
export function parseTextMap(text: string): CrushMap {
  const syntax = readSyntax(text)
  const ids = new Map<string, number>()
  for (const { line, id, name } of syntax.devices) {
    if (id < 0) throw new CrushError(`line ${line}`, `device ${name} has the id ${id}; ids of devices are 0 or more`)
    define(ids, line, name, id)
  }
  const buckets = resolveBuckets(syntax, ids)
  const shadowIds = new Map(syntax.buckets.map((bucket) => [ids.get(bucket.name)!, bucket.shadowIds]))
  const bare: CrushMap = {
    tunables: syntax.tunables,
    types: syntax.types.map(({ id, name }) => ({ id, name })).sort((a, b) => a.id - b.id),
    devices: syntax.devices
      .map(({ id, name, class: deviceClass }) => ({
        id,
        name,
        ...(deviceClass !== undefined && { class: deviceClass }),
      }))
      .sort((a, b) => a.id - b.id),
    buckets: buckets.sort((a, b) => b.id - a.id),
    rules: [],
    chooseArgs: [],
    classes: [...syntax.classes].map((name, id) => ({ id, name })),
  }
  // Without a rule nothing can take a class, and the reference makes no shadows either.
  const map = syntax.rules.length > 0 ? rebuildShadows(bare, shadowIds) : bare
  const rules = syntax.rules.map((rule) => resolveRule(rule, map, ids)).sort((a, b) => a.id - b.id)
  return { ...map, rules, chooseArgs: resolveChooseArgs(syntax, map) }
}

function define(ids: Map<string, number>, line: number, name: string, id: number): void {
  if (ids.has(name)) throw new CrushError(`line ${line}`, `${name} is defined twice`)
  ids.set(name, id)
}

/** Crush buckets with their ids, what they hold first: an item's default weight is the weight of the bucket it names. */
function resolveBuckets(syntax: TextMap, ids: Map<string, number>): CrushBucket[] {
  const types = new Map(syntax.types.map(({ name, id }) => [name, id]))
  const taken = new Set(
    syntax.buckets.flatMap(({ id, shadowIds }) => [...(id === undefined ? [] : [id]), ...shadowIds.values()]),
  )
  const weights = new Map<number, number>()
  return inOrder(syntax.buckets).map((bucket) => {
    const type = types.get(bucket.type)
    const place = `line ${bucket.line}`
    if (type === undefined)
      throw new CrushError(place, `no type is called ${bucket.type}; define it with: type ID ${bucket.type}`)
    let id = bucket.id
    if (id === undefined) for (id = -1; taken.has(id); ) id -= 1
    if (id >= 0) throw new CrushError(place, `${bucket.name} has the id ${id}; ids of crush buckets are below 0`)
    taken.add(id)
    define(ids, bucket.line, bucket.name, id)
    const items = resolveItems(bucket, ids, weights)
    const weight = items.reduce((sum, item) => sum + item.weight, 0)
    weights.set(id, weight)
    return { id, name: bucket.name, type, algorithm: bucket.algorithm, weight, items }
  })
}

/** The crush buckets in the order of the text, except that what a bucket holds comes before it. */
function inOrder(buckets: readonly TextBucket[]): TextBucket[] {
  const byName = new Map(buckets.map((bucket) => [bucket.name, bucket]))
  const state = new Map<TextBucket, 'open' | 'done'>()
  const ordered: TextBucket[] = []
  const visit = (bucket: TextBucket) => {
    if (state.get(bucket) === 'done') return
    if (state.get(bucket) === 'open') throw new CrushError(`line ${bucket.line}`, `${bucket.name} contains itself`)
    state.set(bucket, 'open')
    for (const { name } of bucket.items) {
      const below = byName.get(name)
      if (below !== undefined) visit(below)
    }
    state.set(bucket, 'done')
    ordered.push(bucket)
  }
  for (const bucket of buckets) visit(bucket)
  return ordered
}

/** Items at the positions they ask for; the others fill the gaps in the order of the text. */
function resolveItems(
  bucket: TextBucket,
  ids: ReadonlyMap<string, number>,
  weights: ReadonlyMap<number, number>,
): CrushItem[] {
  const placed: (CrushItem | undefined)[] = new Array(bucket.items.length).fill(undefined)
  const waiting: CrushItem[] = []
  for (const { line, name, weight, position } of bucket.items) {
    const id = ids.get(name)
    if (id === undefined) throw new CrushError(`line ${line}`, `${bucket.name} holds ${name}, which is not defined`)
    const item = { id, weight: weight ?? weights.get(id) ?? weightOne }
    if (position === undefined) waiting.push(item)
    else if (position < 0 || position >= placed.length || placed[position] !== undefined) {
      throw new CrushError(`line ${line}`, `pos ${position} of ${name} is taken or not below ${placed.length}`)
    } else placed[position] = item
  }
  return placed.map((item) => item ?? waiting.shift()!)
}

function resolveRule(rule: TextRule, map: CrushMap, ids: ReadonlyMap<string, number>): CrushRule {
  const { id, name, kind, minSize, maxSize } = rule
  return { id, name, kind, minSize, maxSize, steps: rule.steps.map((step) => resolveStep(step, map, ids)) }
}

function resolveStep(step: TextStep, map: CrushMap, ids: ReadonlyMap<string, number>): RuleStep {
  const place = `line ${step.line}`
  if (step.op === 'take') {
    const item = ids.get(step.item)
    if (item === undefined) throw new CrushError(place, `${step.item} is not defined`)
    if (step.class === undefined) return { op: 'take', item }
    const shadow = map.buckets.find((bucket) => bucket.shadow?.of === item && bucket.shadow.class === step.class)
    if (shadow === undefined) throw new CrushError(place, `below ${step.item} no device has the class ${step.class}`)
    return { op: 'take', item: shadow.id }
  }
  if (step.op === 'choose' || step.op === 'chooseleaf') {
    const type = map.types.find((each) => each.name === step.type)
    if (type === undefined) throw new CrushError(place, `no type is called ${step.type}`)
    return { op: `${step.op}_${step.mode}`, count: step.count, type: type.id }
  }
  if (step.op === 'set') return { op: step.name as Extract<RuleStep, { value: number }>['op'], value: step.value }
  return { op: step.op }
}

function resolveChooseArgs(syntax: TextMap, map: CrushMap): ChooseArgsSet[] {
  const sizes = new Map(map.buckets.map((bucket) => [bucket.id, bucket.items.length]))
  return syntax.chooseArgs.map(({ id, args }) => ({
    id,
    args: args.map(({ line, bucket, weightSet, ids }) => {
      const size = sizes.get(bucket)
      const place = `line ${line}`
      if (size === undefined) throw new CrushError(place, `bucket_id ${bucket} does not exist`)
      const lists = ids.length > 0 ? [...weightSet, ids] : weightSet
      if (lists.some((list) => list.length !== size)) {
        throw new CrushError(place, `bucket ${bucket} has ${size} items, and every list needs as many entries`)
      }
      return { bucket, ...(weightSet.length > 0 && { weightSet }), ...(ids.length > 0 && { ids }) }
    }),
  }))
}
