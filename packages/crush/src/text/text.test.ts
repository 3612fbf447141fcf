import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Random } from '../../test/random.ts'
import { randomMap } from '../../test/random-map.ts'
import { sampleMap } from '../../test/sample-map.ts'
import { CrushError, type CrushMap, formatTextMap, parseTextMap, toWeight, tunableProfiles } from '../index.ts'

const small = `# begin crush map
tunable choose_total_tries 50

device 0 osd.0 class ssd
device 1 osd.1
type 0 osd
type 1 host
type 2 root
root top { # holds what is defined below
  alg straw2
  hash rjenkins1
  item far weight 2
  item near
}
host near { id -7 id -9 class ssd alg list hash 0 item osd.1 weight .5 item osd.0 }
host far { alg straw2 item osd.1 pos 1 item osd.0 weight 3e0 }
rule{
  ruleset 3
  type replicated
  step noop
  step take top class ssd
  step set_choose_tries 7
  step chooseleaf firstn 0 type host
  step emit
}
choose_args -1 { { bucket_id -7 weight_set [ [ 1 2.5 ] [3 4] ] ids [ -20 21 ] } { bucket_id -1 } }
`

test('parseTextMap: what a text may leave out, in any order', () => {
  const map = parseTextMap(small)
  assert.deepEqual(map.tunables, { ...tunableProfiles.argonaut, chooseTotalTries: 50 })
  assert.deepEqual(map.devices, [
    { id: 0, name: 'osd.0', class: 'ssd' },
    { id: 1, name: 'osd.1' },
  ])
  const named = (name: string) => map.buckets.find((bucket) => bucket.name === name)!
  assert.deepEqual(named('near').items, [
    { id: 1, weight: toWeight(0.5) },
    { id: 0, weight: toWeight(1) },
  ])
  assert.deepEqual(named('far').items, [
    { id: 0, weight: toWeight(3) },
    { id: 1, weight: toWeight(1) },
  ])
  assert.deepEqual(named('top').items, [
    { id: named('far').id, weight: toWeight(2) },
    { id: -7, weight: toWeight(1.5) },
  ])
  assert.equal(named('near~ssd').id, -9)
  assert.deepEqual(map.rules[0], {
    id: 3,
    name: 'rule3',
    kind: 'replicated',
    minSize: 1,
    maxSize: 10,
    steps: [
      { op: 'noop' },
      { op: 'take', item: named('top~ssd').id },
      { op: 'set_choose_tries', value: 7 },
      { op: 'chooseleaf_firstn', count: 0, type: 1 },
      { op: 'emit' },
    ],
  })
  assert.deepEqual(map.chooseArgs, [
    {
      id: -1,
      args: [
        {
          bucket: -7,
          weightSet: [
            [0x10000, 0x28000],
            [0x30000, 0x40000],
          ],
          ids: [-20, 21],
        },
        { bucket: -1 },
      ],
    },
  ])
})

test('parseTextMap: without a rule there are no shadows', () => {
  assert.equal(parseTextMap(small.slice(0, small.indexOf('rule{'))).buckets.length, 3)
})

test('formatTextMap: reads back as the same map', () => {
  const map = sampleMap()
  assert.deepEqual(parseTextMap(formatTextMap(map)), map)
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = randomMap(new Random(seed))
      assert.deepEqual(parseTextMap(formatTextMap(random)), random)
    }),
    { numRuns: 60 },
  )
})

test('formatTextMap: notes what a reader must know', () => {
  const map: CrushMap = { ...sampleMap(), rules: [{ ...sampleMap().rules[0]!, ruleset: 9 }] }
  assert.match(formatTextMap(map), /# WARNING: ruleset 9 != id 0; this will not recompile to the same map/)
})

const head = 'device 0 osd.0\ntype 0 osd\ntype 1 host\n'
const tail = 'host h { alg straw2 item osd.0 }\n'
const broken: [what: string, text: string, message: RegExp][] = [
  ['unknown tunable', 'tunable luck 1', /line 1: no tunable is called luck; there are choose_local_tries/],
  ['end of text', 'device 0', /line 1: the text ends where a device name is expected/],
  ['no integer', 'device one osd.1', /line 1: a device id must be an integer, not one/],
  ['no number', `${head}host h { alg straw2 item osd.0 weight much }`, /line 4: a weight must be a number, not much/],
  ['weight', `${head}host h { alg straw2 item osd.0 weight 65536 }`, /line 4: a weight must be in 0…65535/],
  ['negative weight', `${head}host h { alg straw2 item osd.0 weight -1 }`, /a weight must be in 0…65535/],
  ['no brace', `${head}host h alg straw2`, /line 4: expected { but found alg/],
  ['no end', `${head}host h {\n`, /line 5: the text ends where } is expected/],
  ['end in step', `${head}rule r { id 0 step choose firstn 0`, /expected type but found the end of the text/],
  ['unknown part', `${head}host h { luck 1 }`, /line 4: luck is not part of a crush bucket/],
  ['no alg', `${head}host h { id -1 }`, /line 4: h has no alg; straw2 is the one to use/],
  ['unknown alg', `${head}host h { alg dice }`, /line 4: no alg is called dice; there are uniform, list, tree, straw/],
  ['unknown hash', `${head}host h { alg straw2 hash 3 }`, /line 4: hash 3 is unknown/],
  ['class twice', `${head}host h { id -2 class a id -3 class a alg straw2 }`, /class a has an id already/],
  ['unknown type', 'shelf h { alg straw2 }', /line 1: no type is called shelf; define it with: type ID shelf/],
  ['bucket id', `${head}host h { id 4 alg straw2 }`, /h has the id 4; ids of crush buckets are below 0/],
  ['device id', 'device -4 osd.0', /device osd\.0 has the id -4/],
  ['defined twice', `${head}${tail}${tail}`, /line 5: h is defined twice/],
  ['undefined item', `${head}host h { alg straw2\nitem osd.7 }`, /line 5: h holds osd\.7, which is not defined/],
  ['itself', `${head}host h { alg straw2 item g }\nhost g { alg straw2 item h }`, /line 4: h contains itself/],
  ['pos', `${head}host h { alg tree item osd.0 pos 1 }`, /pos 1 of osd\.0 is taken or not below 1/],
  ['rule without id', `${head}rule r { }`, /line 4: rule r has no id/],
  ['rule part', `${head}rule r { luck 1 }`, /line 4: luck is not part of a rule/],
  ['rule type', `${head}rule r { id 0 type msr_firstn }`, /a rule of type msr_firstn is not supported/],
  ['step', `${head}rule r { id 0 step dance }`, /step dance is not one that CRUSH has/],
  ['mode', `${head}rule r { id 0 step choose lastn 0 type osd }`, /choose lastn: firstn or indep/],
  ['step type', `${head}rule r { id 0 step choose firstn 0 type shelf }`, /line 4: no type is called shelf/],
  ['take', `${head}rule r { id 0 step take nobody }`, /line 4: nobody is not defined/],
  ['take class', `${head}${tail}rule r { id 0 step take h class ssd }`, /below h no device has the class ssd/],
  ['set bucket', `${head}${tail}choose_args 0 { { bucket_id -9 } }`, /line 5: bucket_id -9 does not exist/],
  ['set length', `${head}${tail}choose_args 0 { { bucket_id -1 ids [ 1 2 ] } }`, /bucket -1 has 1 items/],
  ['set part', `${head}${tail}choose_args 0 { { bucket_id -1 luck 1 } }`, /expected ids but found luck/],
]

for (const [what, text, message] of broken) {
  test(`parseTextMap: ${what} is refused with its line`, () => {
    assert.throws(
      () => parseTextMap(text),
      (error: unknown) => error instanceof CrushError && /^line \d+$/.test(error.place) && message.test(error.message),
    )
  })
}
