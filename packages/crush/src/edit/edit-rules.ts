import { checkMap } from '../map/check.ts'
import { CrushError } from '../map/crush-error.ts'
import type { CrushMap, CrushRule, RuleStep } from '../map/crush-map.ts'
import { idOf, typeIdOf } from '../map/names.ts'

export interface NewRule {
  readonly name: string
  /** The lowest free id by default. */
  readonly id?: number
  /** Name of the crush bucket to choose from. */
  readonly root: string
  /** Name of the type of which no two copies or chunks share one: `host`, `rack`, or the type of devices. */
  readonly failureDomain: string
  /** `replicated` chooses by firstn, `erasure` by indep with more tries, so that a position is rarely left empty. */
  readonly kind: CrushRule['kind']
  /** Only devices of this class. */
  readonly class?: string
}

/** Adds a rule that spreads a pool over failure domains, with the steps that Ceph's own simple rules have. */
export function addRule(map: CrushMap, rule: NewRule): CrushMap {
  const { name, kind } = rule
  const place = `rule ${name}`
  if (map.rules.some((each) => each.name === name)) throw new CrushError(place, 'the map has a rule of this name')
  let id = rule.id ?? 0
  if (rule.id === undefined) while (map.rules.some((each) => each.id === id)) id += 1
  const type = typeIdOf(map, rule.failureDomain)
  const mode = kind === 'replicated' ? 'firstn' : 'indep'
  const choose: RuleStep = { op: type === 0 ? `choose_${mode}` : `chooseleaf_${mode}`, count: 0, type }
  const tries: RuleStep[] = [
    { op: 'set_chooseleaf_tries', value: 5 },
    { op: 'set_choose_tries', value: 100 },
  ]
  const steps: RuleStep[] = [
    ...(kind === 'erasure' ? tries : []),
    { op: 'take', item: rootOf(map, rule) },
    choose,
    { op: 'emit' },
  ]
  const sizes = kind === 'replicated' ? { minSize: 1, maxSize: 10 } : { minSize: 3, maxSize: 20 }
  const added = { ...map, rules: [...map.rules, { id, name, kind, ...sizes, steps }].sort((a, b) => a.id - b.id) }
  checkMap(added)
  return added
}

function rootOf(map: CrushMap, rule: NewRule): number {
  const root = idOf(map, rule.root)
  if (rule.class === undefined) return root
  const shadow = map.buckets.find((bucket) => bucket.shadow?.of === root && bucket.shadow.class === rule.class)
  if (shadow !== undefined) return shadow.id
  throw new CrushError(`rule ${rule.name}`, `no device below ${rule.root} has the class ${rule.class}`)
}

/** Removes the rule of this name. Pools that use it can no longer be placed. */
export function removeRule(map: CrushMap, name: string): CrushMap {
  if (!map.rules.some((rule) => rule.name === name))
    throw new CrushError(`rule ${name}`, 'the map has no rule of this name')
  return { ...map, rules: map.rules.filter((rule) => rule.name !== name) }
}
