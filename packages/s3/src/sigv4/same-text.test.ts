import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sameText } from './same-text.ts'

test('sameText: equal only if every character is', () => {
  assert.ok(sameText('', ''))
  assert.ok(sameText('ab12', 'ab12'))
  assert.ok(sameText('a'.repeat(64), 'a'.repeat(64)))
  for (const given of ['', 'ab1', 'ab13', 'ab123', 'Ab12', 'š\u0062\u0031\u0032', 'b12a']) {
    assert.ok(!sameText('ab12', given), given)
  }
  // Low bytes alone would be equal.
  assert.ok(!sameText('a', '\u0161'))
})

test('sameText: nothing is left over from the comparison before', () => {
  assert.ok(!sameText('a'.repeat(64), 'b'.repeat(64)))
  assert.ok(sameText('a', 'a'))
  assert.ok(!sameText('a', 'b'))
})

test('sameText: is for signatures, not for texts of any length', () => {
  assert.throws(() => sameText('a'.repeat(65), 'a'))
  assert.ok(!sameText('a'.repeat(64), 'a'.repeat(100_000)))
})
