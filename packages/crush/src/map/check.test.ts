import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleMap } from '../../test/sample-map.ts'
import { type CrushBucket, CrushError, type CrushMap, checkMap } from '../index.ts'

const map = sampleMap()
const [root, rack, host] = map.buckets as [CrushBucket, CrushBucket, CrushBucket]

/** The map with one crush bucket changed. */
function withBucket(id: number, change: Partial<CrushBucket>): CrushMap {
  return { ...map, buckets: map.buckets.map((bucket) => (bucket.id === id ? { ...bucket, ...change } : bucket)) }
}

function withItems(id: number, ...items: CrushBucket['items']): CrushMap {
  return withBucket(id, { items })
}

const deep = Array.from({ length: 66 }, (_, level) => ({
  ...host,
  id: -1 - level,
  name: `level${level}`,
  items: level === 0 ? [{ id: 0, weight: 1 }] : [{ id: -level, weight: 1 }],
}))

const broken: [what: string, map: CrushMap, message: RegExp][] = [
  ['dangling item', withItems(host.id, { id: -99, weight: 1 }), /crush bucket host0: its item -99 does not exist/],
  ['device id', withItems(host.id, { id: 2 ** 24, weight: 1 }), /its item 16777216 does not exist/],
  ['cycle', withItems(host.id, { id: root.id, weight: 1 }), /contains itself: default → rack0 → host0 → default/],
  ['item twice', withItems(host.id, { id: 0, weight: 1 }, { id: 0, weight: 1 }), /host0: it holds osd\.0 twice/],
  ['negative weight', withItems(host.id, { id: 0, weight: -1 }), /weight of osd\.0 is -1: weights are 16\.16 integers/],
  ['fraction', withItems(host.id, { id: 0, weight: 1.5 }), /weight of osd\.0 is 1\.5/],
  ['NaN', withItems(host.id, { id: 0, weight: Number.NaN }), /weight of osd\.0 is NaN/],
  ['overflow', withItems(host.id, { id: 0, weight: 0xffffffff }, { id: 1, weight: 1 }), /weigh more than 65,535\.99/],
  [
    'uniform',
    withBucket(rack.id, {
      algorithm: 'uniform',
      items: [
        { id: 0, weight: 1 },
        { id: 1, weight: 2 },
      ],
    }),
    /osd\.1 weighs another/,
  ],
  ['algorithm', withBucket(host.id, { algorithm: 'dice' as 'straw2' }), /no algorithm is called dice/],
  ['type', withBucket(host.id, { type: 0 }), /its type 0 must be in 1…65535/],
  ['auxiliary', withBucket(host.id, { algorithm: 'straw', auxiliary: [1] }), /auxiliary numbers must be 2/],
  [
    'tree size',
    withBucket(host.id, { algorithm: 'tree', items: Array.from({ length: 65 }, (_, id) => ({ id, weight: 1 })) }),
    /a tree holds at most 64 items/,
  ],
  ['depth', { ...map, rules: [], chooseArgs: [], buckets: deep }, /deeper than 64 levels/],
  ['bucket id', { ...map, buckets: [{ ...root, id: 1 }] }, /its id 1 must be an integer in/],
  ['device id', { ...map, devices: [{ id: -1, name: 'x' }] }, /device x: its id -1 must be/],
  ['same id', { ...map, devices: [...map.devices, { id: 3, name: 'x' }] }, /device osd\.3 already has the id 3/],
  ['same name', { ...map, buckets: [...map.buckets, { ...host, id: -500 }] }, /already has the name host0/],
  ['rule id', { ...map, rules: [{ ...map.rules[0]!, id: 300 }] }, /rule copies: its id 300 must be in 0…255/],
  ['rule twice', { ...map, rules: [map.rules[0]!, map.rules[0]!] }, /another rule has the id 0/],
  ['tunable', { ...map, tunables: { ...map.tunables, chooseTotalTries: -1 } }, /tunable chooseTotalTries: -1 is no/],
  [
    'take',
    { ...map, rules: [{ ...map.rules[0]!, steps: [{ op: 'take', item: -99 }] }] },
    /it takes -99, which does not/,
  ],
  [
    'set bucket',
    { ...map, chooseArgs: [{ id: 0, args: [{ bucket: -99 }] }] },
    /choose_args 0, bucket -99: the map has no/,
  ],
  ['set length', { ...map, chooseArgs: [{ id: 0, args: [{ bucket: -1, weightSet: [[1]] }] }] }, /must have 3 entries/],
  ['set ids', { ...map, chooseArgs: [{ id: 0, args: [{ bucket: -1, ids: [1] }] }] }, /must have 3 entries/],
  [
    'set weight',
    { ...map, chooseArgs: [{ id: 0, args: [{ bucket: -1, weightSet: [[1, 2, 0.5]] }] }] },
    /16\.16 integers/,
  ],
]

test('checkMap: a good map passes', () => {
  checkMap(map)
  checkMap(withBucket(host.id, { items: [], weight: 0 }))
})

for (const [what, malformed, message] of broken) {
  test(`checkMap: ${what} is refused with its place`, () => {
    assert.throws(
      () => checkMap(malformed),
      (error: unknown) => {
        assert.ok(error instanceof CrushError)
        assert.match(error.message, message)
        assert.ok(error.place.length > 0 && error.message.startsWith(error.place))
        return true
      },
    )
  })
}
