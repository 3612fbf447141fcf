import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCode } from './code.ts'
import { checkProfile, type Technique } from './profile.ts'

const refused: [k: number, m: number, technique: string | undefined, message: RegExp][] = [
  [0, 2, undefined, /k is 0: it must be a whole number from 1/],
  [2.5, 2, undefined, /k is 2\.5/],
  [4, -1, undefined, /m is -1: it must be a whole number from 0/],
  [4, Number.NaN, undefined, /m is NaN/],
  [200, 56, undefined, /k \+ m is 256: at most 255/],
  [4, 2, 'jerasure', /technique is jerasure: use cauchy or reed_sol_van/],
  [22, 4, 'reed_sol_van', /cannot repair every loss at k = 22, m = 4 .*use cauchy/],
  [6, 5, 'reed_sol_van', /cannot repair every loss at k = 6, m = 5/],
]

for (const [k, m, technique, message] of refused) {
  test(`checkProfile: k = ${k}, m = ${m}, ${technique ?? 'cauchy'} is refused`, () => {
    const profile = { k, m, ...(technique === undefined ? {} : { technique: technique as Technique }) }
    assert.throws(() => createCode(profile), { name: 'ErasureError', code: 'badProfile', message })
  })
}

test('checkProfile: the limits themselves are accepted, and cauchy is the default', () => {
  assert.equal(checkProfile({ k: 1, m: 0 }).technique, 'cauchy')
  assert.equal(checkProfile({ k: 128, m: 127 }).m, 127)
  assert.equal(checkProfile({ k: 21, m: 4, technique: 'reed_sol_van' }).k, 21)
  assert.equal(checkProfile({ k: 252, m: 3, technique: 'reed_sol_van' }).k, 252)
})
