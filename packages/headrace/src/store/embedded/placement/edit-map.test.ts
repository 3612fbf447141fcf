import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { drive, drives, storeOn } from '../../../../test/support/drives.ts'
import { singlePool } from '../data/pool.ts'
import { checkStoreMap } from './check-store-map.ts'
import {
  addDevices,
  adoptSingleDrive,
  cancelLeaving,
  chooseIndexDevices,
  finishLeaving,
  MapEditError,
  markDown,
  markIn,
  markOut,
  markUp,
  nextMap,
  relocateDevice,
  replaceDevice,
  replaceIndexDevice,
  setIndexDevices,
  setProfile,
  startLeaving,
} from './edit-map.ts'
import { Placement } from './placement.ts'
import { formatProfile, parseProfile, smallBytesMax } from './profiles.ts'
import type { StoreMap } from './store-map.ts'

/** The profiles that new data takes: `copies:3 4+2`. */
function profilesOf(map: StoreMap, storageClass = 'STANDARD', bucket = 'any'): string {
  const placement = new Placement(map)
  const sizes = [smallBytesMax, smallBytesMax + 1]
  return sizes.map((size) => formatProfile(placement.poolFor(bucket, storageClass, size))).join(' ')
}

/** The map and profile that large data of a pool comes to. */
function endOf(map: StoreMap, poolId: number, sizeBytes = 2 ** 20): number {
  const placement = new Placement(map)
  return placement.targetPool(placement.pool(poolId), sizeBytes).id
}

test('adoptSingleDrive: device 0 and pool 1 are what the store had before maps', () => {
  const map = adoptSingleDrive({ storeId: 's', term: 1, changedMs: 2, drive: drive(0) })
  checkStoreMap(map)
  assert.deepEqual(map.pools, [singlePool])
  assert.equal(map.devices[0]?.id, 0)
  assert.deepEqual(map.rules, [{ bucket: undefined, storageClass: 'STANDARD', pools: { small: 1, large: 1 } }])
  assert.deepEqual(map.indexDevices, [0])
})

test('newStore: the profile follows from the drives', () => {
  assert.equal(profilesOf(storeOn(2)), 'copies:2 copies:2')
  assert.equal(profilesOf(storeOn(6)), 'copies:3 4+2')
  assert.equal(profilesOf(storeOn(12)), 'copies:4 8+3')
  for (let count = 1; count <= 14; count += 1) checkStoreMap(storeOn(count))
  assert.throws(() => storeOn([drive(0, { deviceClass: 'cold' })]), /no drive of class hot/)
})

test('addDevices: better profiles replace the old ones, in a chain that any data can follow', () => {
  let map = storeOn(1)
  for (let number = 1; number < 12; number += 1) {
    map = addDevices(map, [drive(number)])
    checkStoreMap(map)
  }
  const { small, large } = map.rules[0]?.pools ?? { small: 0, large: 0 }
  assert.equal(endOf(map, 1), large)
  assert.equal(endOf(map, 1, smallBytesMax), small)
  assert.equal(profilesOf(map), 'copies:4 8+3')
  // From 4 to 6 drives small data keeps its pool.
  const six = addDevices(storeOn(4), [drive(4), drive(5)])
  assert.equal(six.rules[0]?.pools.small, storeOn(4).rules[0]?.pools.small)
})

test('addDevices: a drive that is there, or a host in two racks, is refused', () => {
  assert.throws(() => addDevices(storeOn(2), [drive(1)]), /\/d1 is drive 1 of this store already/)
  assert.throws(() => addDevices(storeOn(2), [drive(5), drive(5)]), /is drive 2 of this store already/)
  const racked = storeOn(drives(2, () => ({ rack: 'r0' })))
  assert.throws(() => addDevices(racked, [drive(2, { rack: 'r1' })]), /in rack r1, and drive 0 .* in rack r0/)
})

test('startLeaving: the profile is that of the drives that stay, and numbers are not given again', () => {
  const leaving = startLeaving(storeOn(6), 5)
  assert.equal(profilesOf(leaving), 'copies:3 2+2')
  const gone = finishLeaving(setIndexDevices(leaving, chooseIndexDevices(leaving)), 5)
  checkStoreMap(gone)
  const again = addDevices(gone, [drive(5)])
  assert.deepEqual(
    again.devices.map(({ id }) => id),
    [0, 1, 2, 3, 4, 6],
  )
  assert.equal(profilesOf(again), 'copies:3 4+2')
})

test('startLeaving: the last drive, or one that a chosen profile needs, stays', () => {
  assert.throws(() => startLeaving(storeOn(1), 0), /drive 0 is the last of class hot/)
  assert.throws(() => startLeaving(markOut(markDown(storeOn(2), 1, 0), 1), 0), /drive 0 is the last/)
  const chosen = setProfile(storeOn(7), { storageClass: 'STANDARD', profile: parseProfile('5+2') })
  assert.throws(
    () => startLeaving(chosen, 3),
    /profile 5\+2 of STANDARD needs 7 drives .* there would be 6: add drives/,
  )
  assert.throws(() => startLeaving(storeOn(2), 9), /there is no drive 9/)
})

test('cancelLeaving: pools are as before, and what replaced them is replaced by them', () => {
  const before = storeOn(6)
  const cancelled = cancelLeaving(startLeaving(before, 2), 2)
  assert.deepEqual(cancelled.rules, before.rules)
  assert.equal(endOf(cancelled, 3), before.rules[0]?.pools.large)
  for (const pool of before.pools)
    assert.deepEqual(
      cancelled.pools.find(({ id }) => id === pool.id),
      pool,
    )
  checkStoreMap(startLeaving(cancelled, 2))
})

test('finishLeaving: only of a drive that leaves, and that has no index', () => {
  const map = startLeaving(storeOn(7), 0)
  assert.throws(() => finishLeaving(map, 1), /not leaving/)
  assert.throws(() => finishLeaving(map, 0), /still has the index/)
  const moved = replaceIndexDevice(map, 0, 6)
  assert.deepEqual(finishLeaving(moved, 0).indexDevices, [1, 2, 6])
})

test('markDown, markOut, markUp, markIn: no profile changes, and nothing to do is the same map', () => {
  const map = storeOn(6)
  const down = markDown(map, 3, 50)
  assert.equal(down.devices[3]?.downSinceMs, 50)
  assert.equal(markDown(down, 3, 60), down)
  const out = markOut(down, 3)
  assert.equal(out.devices[3]?.membership, 'out')
  assert.equal(markOut(out, 3), out)
  assert.deepEqual(markIn(markUp(out, 3), 3), map)
  assert.equal(markUp(map, 3), map)
  assert.equal(markIn(map, 3), map)
  // Two drives are lost and one comes: the profile stays that of seven.
  const grown = addDevices(markOut(markDown(out, 4, 50), 4), [drive(6)])
  assert.equal(profilesOf(grown), 'copies:3 4+2')
  const leaving = startLeaving(map, 3)
  assert.equal(markOut(leaving, 3), leaving)
})

test('replaceDevice: a blank drive takes the place of a lost one, with a number of its own', () => {
  const map = replaceDevice(storeOn(6), 1, drive(20))
  checkStoreMap(map)
  assert.equal(profilesOf(map), 'copies:3 4+2')
  assert.deepEqual(map.pools, storeOn(6).pools)
  assert.deepEqual(map.indexDevices, [0, 2])
  assert.deepEqual(chooseIndexDevices(map), [0, 2, 3])
  assert.throws(() => replaceDevice(storeOn(1), 0, drive(20)), /alone has the index/)
})

test('relocateDevice: a drive that is where it was changes nothing', () => {
  const map = storeOn(2)
  assert.equal(relocateDevice(map, 1, { path: '/d1', fileSystemId: 'fs' }), map)
  assert.equal(relocateDevice(map, 1, { path: '/e1', fileSystemId: 'fs' }).devices[1]?.path, '/e1')
})

test('storage classes: cold drives take what is seldom read, while there are any', () => {
  const map = storeOn(6)
  assert.equal(profilesOf(map, 'GLACIER_IR'), 'copies:3 4+2')
  const both = addDevices(
    map,
    [10, 11].map((number) => drive(number, { deviceClass: 'cold' })),
  )
  checkStoreMap(both)
  for (const storageClass of ['STANDARD_IA', 'GLACIER_IR']) {
    assert.equal(profilesOf(both, storageClass), 'copies:2 copies:2')
    assert.equal(new Placement(both).poolFor('b', storageClass, 1).deviceClass, 'cold')
  }
  assert.deepEqual(both.rules[0], map.rules[0])
  const cold = new Placement(both).poolFor('b', 'GLACIER_IR', 2 ** 20)
  const none = startLeaving(startLeaving(both, 6), 7)
  checkStoreMap(none)
  const end = new Placement(none).targetPool(cold, 2 ** 20)
  assert.equal(`${end.deviceClass} ${formatProfile(end)}`, 'hot 4+2')
  const back = cancelLeaving(cancelLeaving(none, 6), 7)
  assert.deepEqual(back.rules, both.rules)
  assert.equal(endOf(back, end.id), cold.id)
})

test('setProfile: for all buckets old data follows, for one bucket it has pools of its own', () => {
  const map = storeOn(7)
  const all = setProfile(map, { storageClass: 'STANDARD', profile: parseProfile('5+2') })
  assert.equal(profilesOf(all), 'copies:3 5+2')
  assert.equal(endOf(all, map.rules[0]?.pools.large ?? 0), all.rules[0]?.pools.large)
  const one = setProfile(map, { bucket: 'b', storageClass: 'STANDARD', profile: parseProfile('4+2') })
  checkStoreMap(one)
  assert.equal(profilesOf(one, 'STANDARD', 'b'), 'copies:3 4+2')
  assert.notEqual(one.rules[0]?.pools.large, one.rules[1]?.pools.large)
  assert.equal(endOf(one, map.rules[0]?.pools.large ?? 0), map.rules[0]?.pools.large)
  // The bucket's setting is for its other storage classes too, and stays when drives are added.
  const grown = addDevices(
    one,
    [7, 8, 9, 10, 11].map((number) => drive(number)),
  )
  assert.equal(profilesOf(grown, 'GLACIER_IR', 'b'), 'copies:3 4+2')
  assert.equal(profilesOf(grown), 'copies:4 8+3')
})

test('setProfile: auto follows the drives again', () => {
  const map = storeOn(12)
  const key = { storageClass: 'STANDARD' }
  const set = setProfile(map, { ...key, profile: parseProfile('4+2') })
  assert.equal(profilesOf(set), 'copies:3 4+2')
  assert.deepEqual(setProfile(set, { ...key, profile: 'auto' }).rules, map.rules)
  const bucket = setProfile(map, { ...key, bucket: 'b', profile: parseProfile('4+2') })
  const gone = setProfile(bucket, { ...key, bucket: 'b', profile: 'auto' })
  assert.deepEqual(gone.rules, map.rules)
  assert.equal(endOf(gone, bucket.rules[0]?.pools.large ?? 0), map.rules[0]?.pools.large)
})

test('setProfile: what does not fit is refused', () => {
  const map = storeOn(drives(6, (number) => ({ host: `h${number % 3}` })))
  const set = (profile: string, failureDomain: 'drive' | 'host' = 'drive', storageClass = 'STANDARD') =>
    setProfile(map, { storageClass, profile: parseProfile(profile), failureDomain })
  assert.throws(() => set('8+3'), /needs 11 drives with drives of class hot, and there would be 6/)
  assert.throws(() => set('4+2', 'host'), /needs 6 hosts/)
  assert.throws(() => set('4+2', 'drive', 'DEEP'), MapEditError)
  assert.equal(profilesOf(set('copies:3', 'host')), 'copies:3 copies:3')
})

test('chooseIndexDevices: m + 1 drives that are in and up, over hosts, those that have it first', () => {
  assert.deepEqual(storeOn(1).indexDevices, [0])
  assert.deepEqual(storeOn(3).indexDevices, [0, 1])
  assert.deepEqual(storeOn(12).indexDevices, [0, 1, 2, 3])
  const hosts = storeOn(drives(6, (number) => ({ host: `h${Math.floor(number / 2)}` })))
  assert.deepEqual(hosts.indexDevices, [0, 2, 4])
  assert.deepEqual(chooseIndexDevices(markDown(hosts, 2, 0)), [0, 3, 4])
  assert.deepEqual(chooseIndexDevices(startLeaving(hosts, 4)), [0, 2, 5])
  assert.deepEqual(chooseIndexDevices(setIndexDevices(hosts, [1, 3])), [1, 3, 4])
  assert.throws(() => setIndexDevices(hosts, [77]), /there is no drive 77/)
  assert.throws(() => setIndexDevices(hosts, []), MapEditError)
})

test('nextMap: the epoch grows, and each opening is remembered once', () => {
  const map = storeOn(1)
  const second = nextMap(map, { term: 7, changedMs: 5 })
  assert.deepEqual([second.epoch, second.term, second.changedMs, second.lineage], [2, 7, 5, []])
  const third = nextMap(second, { term: 9, changedMs: 6 })
  assert.deepEqual([third.epoch, third.term, third.lineage], [3, 9, [{ epoch: 2, term: 7 }]])
})

test('edits: after any of them in any order, the map is sound and all data has a pool', () => {
  const step = fc.record({
    edit: fc.constantFrom('add', 'addCold', 'leave', 'cancel', 'finish', 'lose', 'return', 'set', 'auto', 'index'),
    which: fc.nat(20),
  })
  let taken = 0
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 13 }), fc.array(step, { maxLength: 25 }), (count, steps) => {
      let map = storeOn(count)
      for (const [at, { edit, which }] of steps.entries()) {
        const id = map.devices[which % map.devices.length]?.id ?? 0
        const profile = parseProfile(['copies:2', '2+1', '4+2'][which % 3] ?? '')
        const key = { storageClass: 'STANDARD', bucket: which % 2 === 0 ? undefined : 'b' }
        const edits = {
          add: () => addDevices(map, [drive(1000 + at)]),
          addCold: () => addDevices(map, [drive(1000 + at, { deviceClass: 'cold' })]),
          leave: () => startLeaving(map, id),
          cancel: () => cancelLeaving(map, id),
          finish: () => finishLeaving(map, id),
          lose: () => markOut(markDown(map, id, at), id),
          return: () => markIn(markUp(map, id), id),
          set: () => setProfile(map, { ...key, profile }),
          auto: () => setProfile(map, { ...key, profile: 'auto' }),
          index: () => setIndexDevices(map, chooseIndexDevices(map)),
        }
        try {
          map = edits[edit]()
          taken += 1
        } catch (error) {
          assert.ok(error instanceof MapEditError, `${error}`)
        }
        checkStoreMap(map)
        const placement = new Placement(map)
        const current = new Set(map.rules.flatMap(({ pools }) => [pools.small, pools.large]))
        for (const pool of map.pools) {
          assert.equal(current.has(pool.id), pool.replacedBy === undefined, `pool ${pool.id}`)
          placement.targetPool(pool, 1)
        }
      }
    }),
    { numRuns: 300 },
  )
  assert.ok(taken > 1000)
})
