import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleMap } from '../../test/sample-map.ts'
import {
  allIn,
  type Cluster,
  compileMap,
  createPool,
  deviceShares,
  diffPlacement,
  hash2,
  hashObjectName,
  none,
  objectToPlacementGroup,
  pgKey,
  placementInput,
  reweightDevice,
  toWeight,
  upSet,
} from '../index.ts'

const map = sampleMap()
const copies = createPool({ id: 3, name: 'copies', kind: 'replicated', size: 3, rule: 0, pgCount: 64 })
const chunks = createPool({ id: 4, name: 'chunks', kind: 'erasure', size: 5, rule: 1, pgCount: 64 })

test('objectToPlacementGroup: as `osd map` of a cluster answered', () => {
  // Raw hashes that a 16.2 cluster printed for these names.
  for (const [name, hash] of [
    ['foo', 0x7fc1f406],
    ['obj1', 0x6cf8deff],
    ['obj4', 0xa8759770],
  ] as const) {
    assert.equal(hashObjectName(name), hash)
    assert.equal(objectToPlacementGroup(copies, name), hash & 63)
  }
  assert.equal(objectToPlacementGroup(copies, 'any', { locator: 'foo' }), 6)
  const spaced = objectToPlacementGroup({ ...copies, pgCount: 2 ** 31 }, 'foo', { namespace: 'space' })
  assert.equal(spaced, hashObjectName('space\x1ffoo') & 0x7fffffff)
})

test('placementInput: mixes in the pool by hash, or adds it in the oldest pools', () => {
  assert.equal(placementInput(copies, 5), hash2(5, 3))
  assert.equal(placementInput({ ...copies, hashesPool: false }, 5), 8)
  assert.equal(placementInput({ ...copies, placementPgCount: 32 }, 37), hash2(5, 3))
})

test('createPool: a count of placement groups that cannot be is refused', () => {
  for (const pgCount of [0, 1.5, 2 ** 32]) {
    assert.throws(() => createPool({ ...copies, pgCount }), /pool copies: pgCount .* must be an integer in 1…2\^31/)
  }
})

const healthy: Cluster = {
  epoch: 1,
  pools: [copies, chunks],
  deviceWeights: allIn(map),
  isUp: map.devices.map(() => true),
  upmap: new Map(),
  upmapItems: new Map(),
}

test('upSet: a device that is down leaves a replicated set and opens a gap in an erasure set', () => {
  const compiled = compileMap(map)
  const [first = 0, ...rest] = upSet(healthy, compiled, copies, 7)
  const down = { ...healthy, isUp: healthy.isUp.with(first, false) }
  assert.deepEqual(upSet(down, compiled, copies, 7), rest)
  const set = upSet(healthy, compiled, chunks, 7)
  const gap = { ...healthy, isUp: healthy.isUp.with(set[2]!, false) }
  assert.deepEqual(upSet(gap, compiled, chunks, 7), set.with(2, none))
})

test('upSet: exceptions replace the set or single devices, but never lead to a device that is out', () => {
  const compiled = compileMap(map)
  const set = upSet(healthy, compiled, copies, 7)
  const outside = map.devices.map((device) => device.id).filter((id) => !set.includes(id))
  const [a = 0, b = 0] = outside
  const key = pgKey(copies.id, 7)
  const whole = { ...healthy, upmap: new Map([[key, [a, b, set[0]!]]]) }
  assert.deepEqual(upSet(whole, compiled, copies, 7), [a, b, set[0]])
  const pairs = {
    ...healthy,
    upmapItems: new Map([
      [
        key,
        [
          [set[1]!, a],
          [set[0]!, set[2]!],
          [b, a],
        ] as const,
      ],
    ]),
  }
  assert.deepEqual(upSet(pairs, compiled, copies, 7), set.with(1, a))
  const deviceWeights = Uint32Array.from(healthy.deviceWeights)
  deviceWeights[a] = 0
  assert.deepEqual(upSet({ ...whole, deviceWeights }, compiled, copies, 7), set)
  assert.deepEqual(upSet({ ...pairs, deviceWeights }, compiled, copies, 7), set)
})

test('diffPlacement: nothing moves between equal maps', () => {
  const diff = diffPlacement(map, map, copies)
  assert.deepEqual([diff.moved.length, diff.movedBytes, diff.minimumBytes, diff.reordered], [0, 0, 0, 0])
  assert.ok(diff.minimumBytesByWeight < 1e-9)
  assert.equal(diff.totalBytes, 64 * 3)
})

test('diffPlacement: counts what every device receives and gives away, in bytes', () => {
  const heavier = reweightDevice(map, 'osd.0', toWeight(9))
  for (const pool of [copies, { ...chunks, pgCount: 512 }]) {
    const diff = diffPlacement(map, heavier, pool, { bytesPerPg: 1000 })
    const sum = (pick: (device: (typeof diff.devices)[number]) => number) =>
      diff.devices.reduce((total, each) => total + pick(each), 0)
    assert.equal(
      sum((each) => each.bytesIn),
      diff.movedBytes,
    )
    assert.equal(
      sum((each) => each.bytesOut),
      diff.movedBytes,
    )
    for (const { bytesBefore, bytesAfter, bytesIn, bytesOut } of diff.devices) {
      assert.equal(bytesAfter - bytesBefore, bytesIn - bytesOut)
    }
    assert.equal(diff.moved.reduce((total, each) => total + each.received, 0) * 1000, diff.movedBytes)
    assert.ok(diff.movedBytes >= diff.minimumBytes && diff.minimumBytes > 0)
    assert.ok(diff.minimumBytesByWeight > 0 && diff.minimumBytesByWeight < diff.totalBytes)
    assert.equal(diff.reorderedBytes > 0, pool.kind === 'erasure')
  }
})

test('diffPlacement: reweights take the place of a changed map; an unfilled position is nobody’s', () => {
  const weightsAfter = allIn(map)
  weightsAfter[0] = 0
  const diff = diffPlacement(map, map, chunks, { weightsAfter, weightsBefore: allIn(map), chooseArgs: -1 })
  assert.ok(diff.moved.every((each) => each.before.includes(0)))
  const wide = diffPlacement(map, map, { ...chunks, size: 8 })
  assert.ok(wide.devices.every((each) => each.device !== none))
})

test('deviceShares: by weight and reweight, among what the rule takes', () => {
  const shares = deviceShares(map, 2, allIn(map).fill(0, 6, 7))
  assert.equal(shares.get(6), 0)
  assert.equal(shares.get(0), undefined)
  assert.ok(Math.abs([...shares.values()].reduce((sum, share) => sum + share, 0) - 1) < 1e-12)
  assert.deepEqual([...deviceShares(map, 2, new Uint32Array(12)).values()], [0, 0, 0, 0, 0, 0])
  assert.throws(() => deviceShares(map, 9, allIn(map)), /rule 9: the map has no such rule/)
})
