import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drive, drives, storeOn } from '../../../../test/support/drives.ts'
import { addDevices, setProfile } from './edit-map.ts'
import { mayShare } from './may-share.ts'
import { Placement } from './placement.ts'
import { parseProfile } from './profiles.ts'
import type { StoreMap } from './store-map.ts'

const hot = storeOn(6)
const tiered = storeOn(drives(9, (number) => (number < 6 ? {} : { deviceClass: 'cold' })))

/** Whether data of one bucket and class may be shared by another, small data and large. */
function shares(map: StoreMap, from: readonly [string, string], to: readonly [string, string]): boolean {
  const placement = new Placement(map)
  const [small, large] = [100_000, 10_000_000].map((lengthBytes) => {
    const pool = placement.poolFor(...from, lengthBytes).id
    return mayShare(placement, { pool, lengthBytes }, { bucket: to[0], storageClass: to[1] })
  })
  assert.equal(small, large)
  return small === true
}

test('mayShare: classes on the same drives share, those on others do not', () => {
  for (const storageClass of ['STANDARD', 'STANDARD_IA', 'GLACIER_IR', 'ONEZONE_IA']) {
    assert.ok(shares(hot, ['a', 'STANDARD'], ['b', storageClass]))
    assert.ok(shares(hot, ['a', storageClass], ['b', 'STANDARD']))
  }
  assert.ok(shares(tiered, ['a', 'STANDARD_IA'], ['b', 'GLACIER_IR']))
  assert.ok(shares(tiered, ['a', 'STANDARD'], ['b', 'INTELLIGENT_TIERING']))
  assert.ok(!shares(tiered, ['a', 'STANDARD'], ['a', 'STANDARD_IA']))
  assert.ok(!shares(tiered, ['a', 'GLACIER_IR'], ['a', 'ONEZONE_IA']))
})

test('mayShare: a class that an operator has protected otherwise', () => {
  const profile = { storageClass: 'GLACIER_IR', profile: parseProfile('copies:3') }
  const map = setProfile(tiered, profile)
  assert.ok(!shares(map, ['a', 'STANDARD_IA'], ['a', 'GLACIER_IR']))
  assert.ok(shares(map, ['a', 'GLACIER_IR'], ['b', 'GLACIER_IR']))
})

test('mayShare: a bucket with a profile of its own shares with itself alone', () => {
  for (const profile of ['2+2', '4+2']) {
    const map = setProfile(hot, { bucket: 'own', storageClass: 'STANDARD', profile: parseProfile(profile) })
    assert.ok(shares(map, ['own', 'STANDARD'], ['own', 'STANDARD']))
    assert.ok(!shares(map, ['own', 'STANDARD'], ['other', 'STANDARD']))
    assert.ok(!shares(map, ['other', 'STANDARD'], ['own', 'STANDARD']))
    assert.ok(shares(map, ['other', 'STANDARD'], ['another', 'STANDARD']))
  }
})

test('mayShare: data in a pool that was replaced counts as what it is going to be', () => {
  const small = storeOn(4)
  const { pools } = small.rules[0] as StoreMap['rules'][number]
  const grown = new Placement(addDevices(small, [drive(4), drive(5)]))
  const target = { bucket: 'b', storageClass: 'STANDARD_IA' }
  for (const [pool, lengthBytes] of [
    [pools.small, 100_000],
    [pools.large, 10_000_000],
  ] as const) {
    assert.notEqual(grown.poolFor('b', 'STANDARD', 10_000_000).id, pools.large)
    assert.ok(mayShare(grown, { pool, lengthBytes }, target))
  }
})
