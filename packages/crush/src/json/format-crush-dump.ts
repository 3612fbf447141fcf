import type { algorithmNumbers, CrushMap, CrushRule, RuleStep } from '../map/crush-map.ts'
import { nameOf, namesById, typeNameOf } from '../map/names.ts'
import { tunableNames } from '../map/tunables.ts'
import { fromWeight } from '../map/weight.ts'

/** The map as `ceph osd crush dump` prints it: an object for JSON.stringify, which `parseCrushDump` reads back. */
export function formatCrushDump(map: CrushMap): Record<string, unknown> {
  const nameById = namesById(map)
  return {
    devices: map.devices.map(({ id, name, class: deviceClass }) => ({ id, name, class: deviceClass })),
    types: map.types.map(({ id, name }) => ({ type_id: id, name })),
    buckets: map.buckets.map((bucket) => ({
      id: bucket.id,
      name: nameById(bucket.id),
      type_id: bucket.type,
      type_name: typeNameOf(map, bucket.type),
      weight: bucket.weight,
      alg: bucket.algorithm satisfies keyof typeof algorithmNumbers,
      hash: 'rjenkins1',
      items: bucket.items.map(({ id, weight }, pos) => ({ id, weight, pos })),
    })),
    rules: map.rules.map((rule) => formatRule(map, rule)),
    tunables: Object.fromEntries(Object.entries(tunableNames).map(([name, key]) => [name, map.tunables[key]])),
    choose_args: Object.fromEntries(
      map.chooseArgs.map(({ id, args }) => [
        id,
        args.map(({ bucket, weightSet, ids }) => ({
          bucket_id: bucket,
          weight_set: weightSet?.map((row) => row.map(fromWeight)),
          ids,
        })),
      ]),
    ),
  }
}

function formatRule(map: CrushMap, rule: CrushRule) {
  return {
    rule_id: rule.id,
    rule_name: rule.name,
    ruleset: rule.ruleset ?? rule.id,
    type: rule.kind === 'replicated' ? 1 : 3,
    min_size: rule.minSize,
    max_size: rule.maxSize,
    steps: rule.steps.map((step) => formatStep(map, step)),
  }
}

function formatStep(map: CrushMap, step: RuleStep) {
  if (step.op === 'take') return { op: step.op, item: step.item, item_name: nameOf(map, step.item) }
  if ('count' in step) return { op: step.op, num: step.count, type: typeNameOf(map, step.type) }
  if ('value' in step) return { op: step.op, num: step.value }
  return { op: step.op }
}
