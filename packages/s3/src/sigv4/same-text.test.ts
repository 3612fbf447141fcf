import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sameText } from './same-text.ts'

test('sameText: equal only if every character is', () => {
  assert.ok(sameText('', ''))
  assert.ok(sameText('ab12', 'ab12'))
  assert.ok(sameText('a'.repeat(64), 'a'.repeat(64)))
  for (const given of ['', 'ab1', 'ab13', 'ab123', 'Ab12', 'b12a', '\u0161b12']) {
    assert.ok(!sameText('ab12', given), given)
  }
})

test('sameText: no place is special', () => {
  for (let index = 0; index < 64; index += 1) {
    assert.ok(!sameText('a'.repeat(64), `${'a'.repeat(index)}b${'a'.repeat(63 - index)}`), `${index}`)
  }
})
