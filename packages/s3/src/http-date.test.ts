import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { httpDate, isoTime, parseHttpDate } from './http-date.ts'

const times = fc.integer({ min: -8.64e15, max: 8.64e15 })

test('httpDate, isoTime: as Date writes them, whatever was written before', () => {
  fc.assert(
    fc.property(fc.array(times), (all) => {
      for (const ms of all) {
        assert.equal(httpDate(ms), new Date(ms).toUTCString())
        assert.equal(isoTime(ms), new Date(ms).toISOString())
      }
    }),
  )
})

test('httpDate, isoTime: around midnight', () => {
  const midnight = Date.UTC(2026, 1, 28) + 86_400_000
  assert.equal(isoTime(midnight - 1), '2026-02-28T23:59:59.999Z')
  assert.equal(isoTime(midnight), '2026-03-01T00:00:00.000Z')
  assert.equal(httpDate(midnight - 1), 'Sat, 28 Feb 2026 23:59:59 GMT')
  assert.equal(httpDate(midnight), 'Sun, 01 Mar 2026 00:00:00 GMT')
})

test('isoTime: no time is an exception', () => {
  assert.throws(() => isoTime(Number.NaN), RangeError)
})

test('parseHttpDate: the three forms of RFC 9110, all in GMT, and ISO 8601', () => {
  const ms = Date.UTC(1994, 10, 6, 8, 49, 37)
  assert.equal(parseHttpDate('Sun, 06 Nov 1994 08:49:37 GMT'), ms)
  assert.equal(parseHttpDate('Sunday, 06-Nov-94 08:49:37 GMT'), ms)
  assert.equal(parseHttpDate('Sun Nov  6 08:49:37 1994'), ms)
  assert.equal(parseHttpDate('1994-11-06T08:49:37Z'), ms)
  assert.equal(parseHttpDate('Sun, 06 Nov 1994 09:49:37 +0100'), ms)
})

test('parseHttpDate: what is no date is ignored', () => {
  for (const text of [undefined, '', 'yesterday', '🕐', 'GMT']) assert.equal(parseHttpDate(text), undefined)
})
