import assert from 'node:assert/strict'
import { test } from 'node:test'
import { codeOf, haveEqualChunks } from './pool.ts'

test('haveEqualChunks: says what the code does with the same data', () => {
  for (let k = 2; k <= 20; k += 1) {
    for (let m = 1; m <= 6; m += 1) {
      for (let more = m + 1; more <= 7; more += 1) {
        const few = codeOf({ k, m }).encoding.coefficients
        const many = codeOf({ k, m: more }).encoding.coefficients
        const isEqual = Buffer.from(few).equals(Buffer.from(many.subarray(0, few.length)))
        assert.equal(haveEqualChunks({ k, m }, { k, m: more }), isEqual, `${k}+${m} and ${k}+${more}`)
        assert.equal(haveEqualChunks({ k, m: more }, { k, m }), isEqual)
      }
    }
  }
  assert.ok(haveEqualChunks({ k: 1, m: 0 }, { k: 1, m: 3 }))
  assert.ok(!haveEqualChunks({ k: 4, m: 2 }, { k: 2, m: 2 }))
})
