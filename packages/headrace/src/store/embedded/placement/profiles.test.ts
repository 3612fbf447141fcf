import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MapEditError } from './map-edit-error.ts'
import { automaticProfile, chunksMax, formatProfile, parseProfile } from './profiles.ts'

test('automaticProfile: by number of drives', () => {
  const named = (drives: number) => {
    const { small, large } = automaticProfile(drives)
    return `${formatProfile(small)} ${formatProfile(large)}`
  }
  const expected: [number, number, string][] = [
    [1, 1, 'copies:1 copies:1'],
    [2, 3, 'copies:2 copies:2'],
    [4, 5, 'copies:3 2+2'],
    [6, 11, 'copies:3 4+2'],
    [12, 60, 'copies:4 8+3'],
  ]
  for (const [from, to, profile] of expected) {
    for (let drives = from; drives <= to; drives += 1) assert.equal(named(drives), profile, `${drives} drives`)
  }
})

test('automaticProfile: its chunks fit the drives, and small data survives as much as large', () => {
  for (let drives = 1; drives <= 40; drives += 1) {
    const { small, large } = automaticProfile(drives)
    assert.ok(large.k + large.m <= drives && small.k + small.m <= drives)
    assert.equal(small.m, large.m)
  }
})

test('parseProfile: reads what formatProfile writes', () => {
  assert.deepEqual(parseProfile('4+2'), { small: { k: 1, m: 2 }, large: { k: 4, m: 2 } })
  assert.deepEqual(parseProfile('copies:3'), { small: { k: 1, m: 2 }, large: { k: 1, m: 2 } })
  for (const setting of ['2+1', '8+3', '29+3', 'copies:1', 'copies:4']) {
    assert.equal(formatProfile(parseProfile(setting).large), setting)
  }
})

test('parseProfile: refuses what is none, and says how to write one', () => {
  for (const bad of ['', '4', '4+', '+2', '4 + 2', 'copies', 'copies:', 'copies:-1', '4+2+1', '4.5+2', 'replica:3']) {
    assert.throws(() => parseProfile(bad), MapEditError, bad)
  }
  assert.throws(() => parseProfile('4:2'), /write it as 4\+2/)
  assert.throws(() => parseProfile('4+0'), /add at least one coding chunk/)
  assert.throws(() => parseProfile('0+2'), /keeps no data/)
  assert.throws(() => parseProfile('copies:0'), /keeps no data/)
  assert.throws(() => parseProfile('30+3'), new RegExp(`${chunksMax} are the most`))
})
