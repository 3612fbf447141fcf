import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allIn, compileMap, doRule, formatTextMap, hash2, hashObjectName, parseTextMap } from '@headrace/crush'
import fc from 'fast-check'
import { drive, drives, sampleDataId, storeOn } from '../../../../test/support/drives.ts'
import { FormatError } from '../../../core/bytes.ts'
import {
  addDevices,
  finishLeaving,
  markDown,
  markIn,
  markOut,
  markUp,
  setIndexDevices,
  setProfile,
  startLeaving,
} from './edit-map.ts'
import { Placement } from './placement.ts'
import { parseProfile } from './profiles.ts'
import type { FailureDomain, Pool, StoreMap } from './store-map.ts'

function largePool(placement: Placement): Pool {
  return placement.poolFor('b', 'STANDARD', 2 ** 20)
}

/** The sets of the first placement groups, of all by default. */
function setsOf(map: StoreMap, pool = largePool(new Placement(map)), groups = pool.pgCount): (readonly number[])[] {
  const placement = new Placement(map)
  return Array.from({ length: groups }, (_, group) => placement.setOfGroup(pool, group))
}

/** With a profile that an operator chose, so that it stays whatever drives come and go. */
function fixed(map: StoreMap, profile: string, failureDomain: FailureDomain = 'drive'): StoreMap {
  return setProfile(map, { storageClass: 'STANDARD', profile: parseProfile(profile), failureDomain })
}

test('Placement: pools by bucket, storage class and size', () => {
  const cold = [6, 7].map((number) => drive(number, { deviceClass: 'cold' }))
  const map = setProfile(addDevices(storeOn(6), cold), {
    bucket: 'b',
    storageClass: 'STANDARD',
    profile: parseProfile('copies:2'),
  })
  const placement = new Placement(map)
  const named = (bucket: string, storageClass: string, size: number) => {
    const { k, m, deviceClass } = placement.poolFor(bucket, storageClass, size)
    return `${k}+${m} ${deviceClass}`
  }
  assert.equal(named('a', 'STANDARD', 128 * 1024), '1+2 hot')
  assert.equal(named('a', 'STANDARD', 128 * 1024 + 1), '4+2 hot')
  assert.equal(named('b', 'STANDARD', 2 ** 30), '1+1 hot')
  assert.equal(named('b', 'STANDARD_IA', 2 ** 30), '1+1 cold')
  assert.equal(named('a', 'DEEP_ARCHIVE', 2 ** 30), '4+2 hot')
  assert.equal(named('b', 'DEEP_ARCHIVE', 2 ** 30), '1+1 hot')
  assert.throws(() => placement.pool(99), FormatError)
})

test('Placement: a set is what CRUSH chooses for the hash of the id, read back from crushtool text', () => {
  const placement = new Placement(storeOn(drives(9, (number) => ({ capacityBytes: (1 + number) * 2 ** 40 }))))
  const pool = largePool(placement)
  const map = parseTextMap(formatTextMap(placement.treeOf(pool).map))
  const compiled = compileMap(map)
  const found = new Int32Array(6)
  for (let number = 0; number < 500; number += 1) {
    const dataId = sampleDataId(number)
    const group = hashObjectName(dataId.toString('hex')) % 32_768
    assert.equal(doRule(compiled, 0, hash2(group, pool.id), 6, allIn(map), found), 6)
    assert.deepEqual(placement.setOf(pool, dataId).toSorted(), [...found].sort())
  }
})

test('Placement: sets stay when what they depend on stays, and are taken over', () => {
  const map = storeOn(7)
  const first = new Placement(map)
  const pool = largePool(first)
  const set = first.setOfGroup(pool, 5)
  assert.equal(new Placement(markDown(map, 3, 0), first).setOfGroup(pool, 5), set)
  assert.equal(new Placement(setIndexDevices(map, [4]), first).setOfGroup(pool, 5), set)
  const out = new Placement(markOut(markDown(map, 3, 0), 3), first)
  assert.ok(!out.setOfGroup(pool, 5).includes(3))
  assert.deepEqual(first.setOfGroup(pool, 5), set)
})

test('Placement: every device is as often at each place of a set as its weight says', () => {
  const map = storeOn(drives(8, (number) => ({ capacityBytes: (number < 4 ? 1 : 2) * 2 ** 40 })))
  const sets = setsOf(map)
  const places = Array.from({ length: 8 }, (_, device) =>
    Array.from({ length: 6 }, (_, place) => sets.filter((set) => set[place] === device).length),
  )
  for (const counts of places) {
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
    assert.ok(
      counts.every((count) => Math.abs(count / mean - 1) < 0.06),
      `${counts}`,
    )
  }
})

test('Placement: sets as wide as the store are found for every placement group', () => {
  for (const [count, profile] of [
    [6, '4+2'],
    [12, '9+3'],
    [11, '8+3'],
    [2, 'copies:2'],
  ] as const) {
    for (const set of setsOf(fixed(storeOn(count), profile))) assert.equal(new Set(set).size, count)
  }
})

test('Placement: drives of very different sizes fill a set too', () => {
  const sizes = [16_000, 16_000, 16_000, 16_000, 16_000, 40]
  const map = storeOn(drives(6, (number) => ({ capacityBytes: (sizes[number] ?? 1) * 2 ** 30 })))
  for (const set of setsOf(map)) assert.equal(new Set(set).size, 6)
  const seven = addDevices(map, [drive(6, { capacityBytes: 20 * 2 ** 30 })])
  for (const set of setsOf(seven)) assert.equal(new Set(set).size, 6)
})

test('Placement: with too few drives a set has all there are, and never takes long', () => {
  let map = storeOn(6)
  for (const id of [1, 4]) map = markOut(markDown(map, id, 0), id)
  for (const set of setsOf(map)) assert.deepEqual([...set].sort(), [0, 2, 3, 5])
  for (const id of [0, 2, 3, 5]) map = markOut(map, id)
  assert.deepEqual(setsOf(map)[0], [])
})

/** Racks of hosts of drives, in capacities of 1 to 8 TiB. */
const clusters = fc
  .array(
    fc.array(fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
    {
      minLength: 3,
      maxLength: 5,
    },
  )
  .map((racks) =>
    racks
      .flatMap((hosts, rack) =>
        hosts.flatMap((capacities, host) =>
          capacities.map((tib) => ({ rack: `r${rack}`, host: `r${rack}-h${host}`, capacityBytes: tib * 2 ** 40 })),
        ),
      )
      .map((place, number) => drive(number, place)),
  )

test('Placement: no failure domain twice, as wide as can be, in any cluster', () => {
  fc.assert(
    fc.property(clusters, fc.constantFrom('drive', 'host', 'rack'), (all, domain) => {
      const map = fixed(storeOn(all), 'copies:3', domain)
      const placement = new Placement(map)
      const pool = largePool(placement)
      for (const set of setsOf(map, pool, 300)) {
        assert.equal(set.length, 3)
        const places = set.map((id) => {
          const { host, rack } = placement.device(id) ?? {}
          return { drive: id, host, rack }[domain]
        })
        assert.equal(new Set(places).size, 3)
      }
    }),
    { numRuns: 60 },
  )
})

test('Placement: a host stands for a rack where drives have none', () => {
  const hosts = drives(4, (number) => ({ host: `h${number}`, ...(number < 2 && { rack: 'r' }) }))
  const map = fixed(storeOn(hosts), 'copies:3', 'rack')
  for (const set of setsOf(map)) assert.ok(set.length === 3 && !(set.includes(0) && set.includes(1)))
})

test('Placement: a device that was out and is in again gives the old sets back', () => {
  fc.assert(
    fc.property(clusters, fc.constantFrom('drive', 'host'), fc.nat(100), (all, domain, which) => {
      const map = fixed(storeOn(all), '2+1', domain)
      const id = which % all.length
      const out = markOut(markDown(map, id, 1), id)
      assert.ok(setsOf(out, undefined, 300).every((set) => !set.includes(id)))
      assert.deepEqual(setsOf(markIn(markUp(out, id), id), undefined, 300), setsOf(map, undefined, 300))
    }),
    { numRuns: 40 },
  )
})

test('Placement: a device that leaves changes sets once, not again when it is gone', () => {
  fc.assert(
    fc.property(clusters, fc.constantFrom('drive', 'host'), fc.nat(100), (all, domain, which) => {
      const map = fixed(storeOn([...all, drive(100, { host: 'h' })]), 'copies:3', domain)
      const id = which % all.length
      const leaving = startLeaving(map, id)
      const gone = finishLeaving(setIndexDevices(leaving, [all.length]), id)
      assert.deepEqual(setsOf(gone, undefined, 300), setsOf(leaving, undefined, 300))
    }),
    { numRuns: 40 },
  )
})

test('Placement: adding a drive moves little more than the least, and fills it as the others', () => {
  for (const [count, profile, most] of [
    [2, 'copies:2', 1.02],
    [4, '2+2', 1.02],
    [6, '4+2', 1.02],
    [6, 'copies:3', 1.1],
    [9, '4+2', 1.1],
    [12, '8+3', 1.05],
    [23, '8+3', 1.15],
  ] as const) {
    const map = fixed(storeOn(count), profile)
    const after = addDevices(map, [drive(count)])
    const before = setsOf(map)
    const fill = new Array<number>(count + 1).fill(0)
    let moved = 0
    setsOf(after).forEach((set, group) => {
      for (const device of set) {
        fill[device] = (fill[device] ?? 0) + 1
        if (!before[group]?.includes(device)) moved += 1
      }
    })
    const mean = fill.reduce((sum, each) => sum + each, 0) / fill.length
    assert.ok(moved <= most * mean, `${count} drives, ${profile}: ${moved / mean}`)
    assert.ok(Math.max(...fill) <= 1.03 * mean, `${count} drives, ${profile}: ${Math.max(...fill) / mean}`)
  }
})
