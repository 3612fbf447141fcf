import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleMap } from '../../test/sample-map.ts'
import {
  addBucket,
  addDevice,
  addRule,
  bucketOf,
  buildMap,
  type CrushMap,
  compileMap,
  idOf,
  moveItem,
  removeItem,
  removeRule,
  reweightDevice,
  setDeviceClass,
  toWeight,
} from '../index.ts'

const map = sampleMap()
const named = (from: CrushMap, name: string) => bucketOf(from, idOf(from, name))

/** Every crush bucket weighs what its items weigh, and every item what the crush bucket it names weighs. */
function assertConsistent(edited: CrushMap): void {
  for (const bucket of edited.buckets) {
    const sum = bucket.items.reduce((total, item) => total + item.weight, 0)
    assert.equal(bucket.weight, sum, bucket.name)
    for (const { id, weight } of bucket.items)
      if (id < 0) assert.equal(weight, bucketOf(edited, id).weight, bucket.name)
  }
  for (const { id, args } of edited.chooseArgs) {
    for (const { bucket, weightSet = [] } of args) {
      for (const row of weightSet) assert.equal(row.length, bucketOf(edited, bucket).items.length, `set ${id}`)
    }
  }
  compileMap(edited)
}

test('buildMap: crush buckets come from the paths', () => {
  assertConsistent(map)
  assert.equal(
    named(map, 'default').weight,
    map.devices.reduce((sum, { id }) => sum + toWeight(1 + (id % 4)), 0),
  )
  assert.deepEqual(
    named(map, 'rack1').items.map((item) => item.id),
    [idOf(map, 'host1'), idOf(map, 'host4')],
  )
  assert.deepEqual(
    map.types.map((type) => type.name),
    ['osd', 'host', 'rack', 'root'],
  )
  const given = buildMap([{ path: 'r/d', id: 7, weight: 1 }], { types: ['root', 'drive'], algorithm: 'list' })
  assert.deepEqual([given.devices[0]?.id, given.buckets[0]?.algorithm], [7, 'list'])
})

test('buildMap: paths that do not fit are refused', () => {
  const types = ['root', 'host', 'drive']
  assert.throws(
    () => buildMap([{ path: 'r/d', weight: 1 }], { types }),
    /device r\/d: its path must name one of each: root\/host\/drive/,
  )
  assert.throws(() => buildMap([{ path: 'r//d', weight: 1 }], { types }), /its path must name/)
  assert.throws(() => buildMap([{ path: 'd', weight: 1 }], { types: ['drive'] }), /its path must name/)
  const twice = [
    { path: 'r/h/d', weight: 1 },
    { path: 'r/g/d', weight: 1 },
  ]
  assert.throws(() => buildMap(twice, { types }), /device d already has the name d/)
})

test('addDevice: takes the lowest free id and weighs on everything above', () => {
  const before = removeItem(map, 'osd.5')
  const after = addDevice(before, { name: 'fresh', weight: toWeight(8), class: 'nvme', parent: 'host0' })
  assert.equal(idOf(after, 'fresh'), 5)
  assert.equal(named(after, 'default').weight, named(before, 'default').weight + toWeight(8))
  assert.equal(named(after, 'host0~nvme').weight, toWeight(8))
  assertConsistent(after)
  assert.equal(before.devices.length, 11) // the map given is untouched
  assert.throws(() => addDevice(map, { name: 'x', id: 3, weight: 1, parent: 'host0' }), /osd\.3 already has the id 3/)
  assert.throws(() => addDevice(map, { name: 'x', weight: 1, parent: 'osd.1' }), /1: is not a crush bucket/)
})

test('addBucket: empty, below another or a root of its own', () => {
  const after = addBucket(addBucket(map, { name: 'host9', type: 'host', parent: 'rack0' }), {
    name: 'other',
    type: 'root',
  })
  assert.equal(named(after, 'rack0').items.length, 3)
  assert.equal(named(after, 'other').items.length, 0)
  assertConsistent(after)
})

test('removeItem: devices and empty crush buckets that no rule takes', () => {
  const emptied = removeItem(removeItem(map, 'osd.0'), 'osd.6')
  assertConsistent(emptied)
  const after = removeItem(emptied, 'host0')
  assertConsistent(after)
  assert.equal(
    after.buckets.some((bucket) => bucket.name.startsWith('host0')),
    false,
  )
  assert.throws(() => removeItem(map, 'host0'), /crush bucket host0: it still holds items/)
  const bare = { ...addBucket(map, { name: 'spare', type: 'root' }), rules: [] }
  const taken = addRule(bare, { name: 'r', root: 'spare', failureDomain: 'host', kind: 'replicated', class: 'ssd' })
  assert.throws(() => removeItem(taken, 'spare'), /spare: rule r takes it/)
})

test('reweightDevice: carries up to the root, shadows and weight sets', () => {
  const row = (name: string) => named(map, name).items.map((_, index) => toWeight(10 + index))
  const args = ['default', 'rack0', 'host0'].map((name) => ({ bucket: idOf(map, name), weightSet: [row(name)] }))
  const weighted: CrushMap = { ...map, chooseArgs: [{ id: -1, args }] }
  const after = reweightDevice(weighted, 'osd.6', toWeight(50))
  assertConsistent(after)
  assert.equal(named(after, 'default').weight, named(map, 'default').weight + toWeight(47))
  const rows = Object.fromEntries(after.chooseArgs[0]!.args.map((each) => [each.bucket, each.weightSet![0]!]))
  assert.deepEqual(rows[idOf(after, 'host0')], [toWeight(10), toWeight(50)])
  assert.deepEqual(rows[idOf(after, 'rack0')], [toWeight(60), toWeight(11)])
  assert.deepEqual(rows[idOf(after, 'default')], [toWeight(71), toWeight(11), toWeight(12)])
  assert.deepEqual(rows[idOf(after, 'host0~ssd')], [toWeight(50)])
  assert.deepEqual(rows[idOf(after, 'rack0~ssd')]?.[0], toWeight(50))
  assert.throws(() => reweightDevice(map, 'rack0', 1), /crush bucket rack0: its weight is the sum of its items/)
})

test('removeItem: weight sets lose the entry, replaced ids too', () => {
  const bucket = idOf(map, 'host0')
  const sets = {
    ...map,
    chooseArgs: [
      {
        id: 0,
        args: [
          { bucket, ids: [100, 101] },
          { bucket: idOf(map, 'rack1'), weightSet: [[1, 2]] },
        ],
      },
    ],
  }
  const after = removeItem(sets, 'osd.0')
  assert.deepEqual(after.chooseArgs[0]?.args.find((each) => each.bucket === bucket)?.ids, [101])
  const grown = addDevice(after, { name: 'more', weight: 1, parent: 'host0' })
  assert.deepEqual(grown.chooseArgs[0]?.args.find((each) => each.bucket === bucket)?.ids, [101, 0])
  const gone = removeItem(removeItem(sets, 'osd.0'), 'osd.6')
  assert.equal(
    removeItem(gone, 'host0').chooseArgs[0]?.args.some((each) => each.bucket === bucket),
    false,
  )
})

test('moveItem: a device or a whole crush bucket, never into itself', () => {
  const after = moveItem(moveItem(map, 'osd.0', 'host1'), 'host3', 'rack2')
  assertConsistent(after)
  assert.equal(named(after, 'default').weight, named(map, 'default').weight)
  assert.ok(named(after, 'rack2').items.some((item) => item.id === idOf(map, 'host3')))
  const rooted = moveItem(addBucket(map, { name: 'loose', type: 'rack' }), 'loose', 'default')
  assert.equal(named(rooted, 'default').items.length, 4)
  assert.throws(() => moveItem(map, 'rack0', 'host0'), /rack0: it cannot move into host0, which lies below it/)
  const unheld = { ...map, devices: [...map.devices, { id: 40, name: 'spare' }] }
  assert.throws(() => moveItem(unheld, 'spare', 'host0'), /device spare: nothing holds it/)
})

test('setDeviceClass: moves a device between shadows', () => {
  const after = setDeviceClass(map, 'osd.0', 'ssd')
  assertConsistent(after)
  assert.deepEqual(
    named(after, 'host0~ssd').items.map((item) => item.id),
    [0, 6],
  )
  assert.equal(named(after, 'host0~ssd').id, named(map, 'host0~ssd').id)
  assert.deepEqual(named(setDeviceClass(map, 'osd.0', undefined), 'host0~hdd').items, [])
  assert.throws(() => setDeviceClass(map, 'host0', 'ssd'), /host0: only devices have a class/)
})

test('edits: a map with older algorithms keeps its numbers where nothing changed', () => {
  const mixed: CrushMap = {
    ...map,
    classes: [],
    rules: [],
    devices: map.devices.map(({ id, name }) => ({ id, name })),
    buckets: map.buckets
      .filter((bucket) => !bucket.shadow)
      .map((bucket) =>
        bucket.name.startsWith('host') ? { ...bucket, algorithm: 'straw' as const, auxiliary: [5, 6] } : bucket,
      ),
  }
  const after = reweightDevice(mixed, 'osd.0', toWeight(9))
  assert.equal(named(after, 'host0').auxiliary, undefined)
  assert.deepEqual(named(after, 'host1').auxiliary, [5, 6])
})

test('rebuilt shadows: a root with a uniform crush bucket gets none', () => {
  const uniform = buildMap(
    [0, 1].map((id) => ({ path: `r/h${id}/d${id}`, weight: 1, class: 'ssd' })),
    { types: ['root', 'host', 'drive'], algorithm: 'uniform' },
  )
  assert.equal(uniform.buckets.length, 3)
})

test('addRule: with ids, steps and sizes as Ceph’s simple rules have them', () => {
  assert.deepEqual(
    map.rules.map((rule) => rule.id),
    [0, 1, 2],
  )
  assert.deepEqual(map.rules[1]?.steps, [
    { op: 'set_chooseleaf_tries', value: 5 },
    { op: 'set_choose_tries', value: 100 },
    { op: 'take', item: -1 },
    { op: 'chooseleaf_indep', count: 0, type: 1 },
    { op: 'emit' },
  ])
  const flat = addRule(map, { name: 'flat', id: 9, root: 'default', failureDomain: 'osd', kind: 'replicated' })
  assert.deepEqual(flat.rules[3]?.steps[1], { op: 'choose_firstn', count: 0, type: 0 })
  const again = { name: 'copies', root: 'default', failureDomain: 'osd', kind: 'replicated' } as const
  assert.throws(() => addRule(map, again), /rule copies: the map has a rule of this name/)
  assert.throws(
    () => addRule(map, { ...again, name: 'x', class: 'tape' }),
    /no device below default has the class tape/,
  )
  assert.throws(() => addRule(map, { ...again, name: 'x', id: 1 }), /another rule has the id 1/)
})

test('removeRule: by name', () => {
  assert.deepEqual(
    removeRule(map, 'chunks').rules.map((rule) => rule.name),
    ['copies', 'fast'],
  )
  assert.throws(() => removeRule(map, 'nobody'), /rule nobody: the map has no rule of this name/)
})
