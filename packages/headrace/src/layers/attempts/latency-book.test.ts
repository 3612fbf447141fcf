import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimClock } from '../../../sim/sim-clock.ts'
import { LatencyBook } from './latency-book.ts'

function bookOf(times: Record<string, number>): { book: LatencyBook; clock: SimClock } {
  const clock = new SimClock()
  const book = new LatencyBook(clock)
  for (let round = 0; round < 100; round += 1) {
    for (const [upstream, ms] of Object.entries(times)) book.record(upstream, 'getObject', ms)
    clock.advance(10)
  }
  return { book, clock }
}

test('LatencyBook: one slow upstream of two or three changes nothing', () => {
  for (const times of [
    { a: 5, b: 1_000 },
    { a: 5, b: 1_000, c: 5 },
  ] as Record<string, number>[]) {
    const { book } = bookOf(times)
    assert.ok((book.usualP95Ms('getObject') ?? 0) < 6)
    assert.ok((book.recentP95Ms('getObject') ?? 0) < 6)
  }
})

test('LatencyBook: most of them being slow is what the group is', () => {
  const { book } = bookOf({ a: 5, b: 1_000, c: 1_000 })
  assert.ok((book.recentP95Ms('getObject') ?? 0) >= 1_000)
})

test('LatencyBook: classes are told apart, and unknown ones are unknown', () => {
  const { book } = bookOf({ a: 5, b: 5 })
  assert.equal(book.usualP95Ms('headObject'), undefined)
  book.record(undefined, 'headObject', 1)
  assert.equal(book.recentP95Ms('headObject'), undefined)
})

test('LatencyBook: an upstream that is not heard of any more is no other', () => {
  const { book, clock } = bookOf({ a: 5, b: 5 })
  assert.equal(book.knowsOther('a'), true)
  clock.advance(700_000)
  book.record('a', 'getObject', 5)
  assert.equal(book.knowsOther('a'), false)
  book.record('c', 'getObject', 5)
  assert.equal(book.knowsOther('a'), true)
})
