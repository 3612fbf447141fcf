import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addRule, buildMap, type CrushMap, toWeight } from '@headrace/crush'
import { RuleReach } from './rule-reach.ts'

/** Two racks with two hosts each, two OSDs a host: OSD n is on host n mod 4, in rack n mod 2; and a root apart. */
function sample(): CrushMap {
  const devices = Array.from({ length: 8 }, (_, id) => ({
    path: `default/r${id % 2}/h${id % 4}/osd.${id}`,
    weight: toWeight(1),
    class: id < 4 ? 'hdd' : 'ssd',
  }))
  const apart = { path: 'apart/r9/h9/osd.8', weight: toWeight(1), class: 'hdd' }
  const map = buildMap([...devices, apart], { types: ['root', 'rack', 'host', 'osd'] })
  const withHost = addRule(map, { name: 'host', root: 'default', failureDomain: 'host', kind: 'replicated' })
  const withOsd = addRule(withHost, { name: 'osd', root: 'default', failureDomain: 'osd', kind: 'replicated' })
  return addRule(withOsd, { name: 'fast', root: 'default', failureDomain: 'host', kind: 'replicated', class: 'ssd' })
}

test('allows: one device a failure domain, all below what is taken', () => {
  const map = sample()
  const byHost = new RuleReach(map, 0)
  assert.equal(byHost.allows([0, 1, 2], 3), true)
  assert.equal(byHost.allows([0, 4, 2], 3), false)
  assert.equal(byHost.allows([0, 1, 8], 3), false)
  assert.equal(new RuleReach(map, 1).allows([0, 4, 2], 3), true)
  assert.equal(new RuleReach(map, 2).allows([4, 5], 2), true)
  assert.equal(new RuleReach(map, 2).allows([0, 5], 2), false)
})

test('allows: no more domains than each step chooses, and each take for itself', () => {
  const map = sample()
  const take = (name: string) =>
    ({ op: 'take', item: map.buckets.find((each) => each.name === name)?.id ?? 0 }) as const
  const [rack, host] = [2, 1]
  const twoSteps = [
    take('default'),
    { op: 'choose_firstn', count: 1, type: rack },
    { op: 'chooseleaf_firstn', count: 2, type: host },
    { op: 'emit' },
    take('apart'),
    { op: 'chooseleaf_firstn', count: -2, type: host },
    { op: 'emit' },
  ] as const
  const rule = { id: 9, name: 'two', kind: 'replicated', minSize: 1, maxSize: 10, steps: twoSteps } as const
  const reach = new RuleReach({ ...map, rules: [rule] }, 9)
  assert.equal(reach.allows([0, 2], 3), true)
  assert.equal(reach.allows([0, 1], 3), false, 'two racks')
  assert.equal(reach.allows([8, 0], 3), false, 'the first two come from the first root')
})

test('weights: of all that the rule reaches', () => {
  assert.deepEqual([...new RuleReach(sample(), 2).weights.keys()].sort(), [4, 5, 6, 7])
  assert.throws(() => new RuleReach(sample(), 9), /rule 9/)
})
