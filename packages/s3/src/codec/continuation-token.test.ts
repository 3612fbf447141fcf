import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeToken, encodeToken } from './continuation-token.ts'

test('decodeToken: undoes encodeToken, and tokens need no encoding in a query', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (name) => {
      assert.equal(decodeToken(encodeToken(name)), name)
      assert.match(encodeToken(name), /^[A-Za-z0-9_-]+$/)
    }),
  )
})

test('decodeToken: only what encodeToken could have made', () => {
  for (const token of ['', 'x', 'MmE', 'MWE=', 'MWE ', 'MW', `${encodeToken('a')}!`, 'Mf8']) {
    assert.throws(() => decodeToken(token), { code: 'InvalidArgument' }, token)
  }
})
