import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConcurrencyLimit } from './concurrency-limit.ts'
import { groupDefaults } from './options.ts'

const options = { ...groupDefaults.limit, initial: 100, min: 20, max: 400 }

/** A limit, and windows of replies that all take so long. */
function limited() {
  const limit = new ConcurrencyLimit(options, 0)
  let nowMs = 0
  const windows = (count: number, firstByteMs: number, inFlight: number, kind: 'get' | 'list' = 'get') => {
    for (let n = 0; n < count * 20; n += 1) {
      nowMs += options.windowMs / 20
      limit.answered(kind, firstByteMs, inFlight, nowMs)
    }
    return limit.limit
  }
  return { limit, windows, throttled: (inFlight: number) => limit.throttled(inFlight, nowMs) }
}

test('ConcurrencyLimit: grows up to its maximum while first bytes come as usual and it is used', () => {
  const { windows } = limited()
  assert.equal(windows(10, 5, 10), 100, 'what is hardly used stays')
  const grown = windows(10, 5, 100)
  assert.ok(grown > 110 && grown < 140, String(grown))
  assert.equal(windows(300, 5, 400), 400)
})

test('ConcurrencyLimit: shrinks down to its minimum when first bytes take longer, and grows again', () => {
  const { windows } = limited()
  windows(20, 5, 60)
  const before = windows(1, 5, 60)
  const after = windows(5, 40, 100)
  assert.ok(after < before * 0.75, `${before} to ${after}`)
  assert.ok(windows(10, 5, 100) > after)
})

test('ConcurrencyLimit: a little slower is no reason, nor is another kind of request', () => {
  const { windows } = limited()
  windows(5, 5, 60)
  const before = windows(1, 5, 60)
  assert.ok(windows(5, 7, 60) >= before)
  assert.ok(windows(5, 500, 60, 'list') >= before)
})

test('ConcurrencyLimit: a load that lasts becomes what is usual', () => {
  const { windows } = limited()
  windows(20, 5, 60)
  assert.equal(windows(30, 50, 200), 20)
  assert.ok(windows(200, 50, 200) > 100)
})

test('ConcurrencyLimit: what asks for less gets less than it had, once in a window', () => {
  const { limit, windows, throttled } = limited()
  windows(1, 5, 10)
  throttled(50)
  assert.equal(limit.limit, 35)
  throttled(50)
  assert.equal(limit.limit, 35)
  windows(1, 5, 10)
  throttled(25)
  assert.equal(limit.limit, 20, 'the minimum stays')
})
