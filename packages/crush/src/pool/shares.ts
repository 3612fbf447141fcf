import { CrushError } from '../map/crush-error.ts'
import type { CrushMap } from '../map/crush-map.ts'

/**
 * The part of a rule's data (0 to 1, together 1) that each device should hold by weight: its weight times its reweight,
 * among all devices below what the rule takes. What CRUSH gives comes close to it where failure domains allow.
 */
export function deviceShares(map: CrushMap, ruleId: number, deviceWeights: Uint32Array): Map<number, number> {
  const rule = map.rules.find((each) => each.id === ruleId)
  if (rule === undefined) throw new CrushError(`rule ${ruleId}`, 'the map has no such rule')
  const buckets = new Map(map.buckets.map((bucket) => [bucket.id, bucket]))
  const weights = new Map<number, number>()
  const collect = (id: number, weight: number) => {
    if (id >= 0) {
      weights.set(id, (weights.get(id) ?? 0) + weight * Math.min(1, (deviceWeights[id] ?? 0) / 0x10000))
      return
    }
    const items = buckets.get(id)?.items ?? []
    const total = items.reduce((sum, item) => sum + item.weight, 0)
    for (const item of items) if (item.weight > 0) collect(item.id, (weight * item.weight) / total)
  }
  for (const step of rule.steps) if (step.op === 'take') collect(step.item, buckets.get(step.item)?.weight ?? 1)
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0)
  return new Map([...weights].map(([device, weight]) => [device, total > 0 ? weight / total : 0]))
}
