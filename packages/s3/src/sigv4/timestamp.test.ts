import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatTimestamp, parseTimestamp } from './timestamp.ts'

test('parseTimestamp: undoes formatTimestamp, to the second', () => {
  const times = fc.integer({
    min: Date.UTC(0, 0, 1) - 1900 * 366 * 86_400_000,
    max: Date.UTC(9999, 11, 31, 23, 59, 59),
  })
  fc.assert(
    fc.property(times, (ms) => {
      fc.pre(new Date(ms).getUTCFullYear() >= 100)
      assert.equal(parseTimestamp(formatTimestamp(ms)), Math.floor(ms / 1000) * 1000)
    }),
  )
  assert.equal(parseTimestamp('20261121T134100Z'), Date.UTC(2026, 10, 21, 13, 41))
})

test('parseTimestamp: what is no such time', () => {
  const bad = ['', '20261121', '2026-11-21T13:41:00Z', '20261121T134100', '20261121T134100z', '20261121 134100Z']
  const impossible = [
    '20261321T134100Z',
    '20260231T134100Z',
    '20261121T244100Z',
    '20261121T136000Z',
    '20261121T134160Z',
  ]
  for (const text of [
    ...bad,
    ...impossible,
    '20261100T000000Z',
    '2026112１T134100Z',
    '+0261121T134100Z',
    '-9'.repeat(8),
  ]) {
    assert.equal(parseTimestamp(text), undefined, text)
  }
})
