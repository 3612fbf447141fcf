import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BucketBreakers } from './bucket-breakers.ts'
import { CircuitBreaker } from './circuit-breaker.ts'

const random = { next: () => 0.5 }
const options = {
  consecutiveErrors: 3,
  windowMs: 10_000,
  requestsMin: 20,
  failedShare: 0.8,
  openMs: 1_000,
  openMsMax: 4_000,
  jitterShare: 0.2,
}

function breaker() {
  const changes: string[] = []
  const breaker = new CircuitBreaker({ ...options, random, changed: (from, to) => changes.push(`${from} to ${to}`) })
  const attempt = (verdict: 'good' | 'failed' | 'throttled' | 'none', nowMs: number) =>
    breaker.ended(verdict, breaker.begin(nowMs), nowMs)
  return { breaker, attempt, changes }
}

test('CircuitBreaker: opens after failures in a row; throttling and what says nothing are none', () => {
  const { breaker: its, attempt } = breaker()
  attempt('failed', 0)
  attempt('failed', 0)
  attempt('throttled', 0)
  attempt('failed', 0)
  attempt('failed', 0)
  attempt('none', 0)
  assert.equal(its.lets(0), true)
  attempt('failed', 0)
  assert.equal(its.state, 'open')
  assert.equal(its.lets(999), false)
})

test('CircuitBreaker: opens when nearly all fail, not when half do', () => {
  const { breaker: half, attempt: attemptHalf } = breaker()
  for (let n = 0; n < 200; n += 1) attemptHalf(n % 2 === 0 ? 'failed' : 'good', n)
  assert.equal(half.state, 'closed')
  const { breaker: most, attempt: attemptMost } = breaker()
  for (let n = 0; n < 21; n += 1) attemptMost(n % 3 === 2 && n < 12 ? 'good' : 'failed', n)
  assert.equal(most.state, 'open')
})

test('CircuitBreaker: half-open lets single attempts pass, and the first good head closes it', () => {
  const { breaker: its, attempt, changes } = breaker()
  for (let n = 0; n < 3; n += 1) attempt('failed', 0)
  assert.equal(its.lets(1_000), true)
  const generation = its.begin(1_000)
  assert.equal(its.lets(1_001), false)
  its.answered(generation)
  assert.equal(its.lets(1_001), true)
  assert.deepEqual(changes, ['closed to open', 'open to half-open', 'half-open to closed'])
  assert.equal(its.isSpotless, true)
})

test('CircuitBreaker: one that fails opens it for twice as long, up to a limit', () => {
  const { breaker: its, attempt } = breaker()
  for (let n = 0; n < 3; n += 1) attempt('failed', 0)
  let nowMs = 0
  for (const openMs of [1_000, 2_000, 4_000, 4_000]) {
    assert.equal(its.lets(nowMs + openMs - 1), false)
    nowMs += openMs
    assert.equal(its.lets(nowMs), true)
    attempt('failed', nowMs)
  }
})

test('CircuitBreaker: a single attempt that was given up, or takes for ever, makes way for the next', () => {
  const { breaker: its, attempt } = breaker()
  for (let n = 0; n < 3; n += 1) attempt('failed', 0)
  attempt('none', 1_000)
  assert.equal(its.lets(1_000), true)
  its.begin(1_000)
  assert.equal(its.lets(1_999), false)
  assert.equal(its.lets(2_000), true)
})

test('CircuitBreaker: what began before it opened does not change it', () => {
  const { breaker: its, attempt } = breaker()
  const before = its.begin(0)
  for (let n = 0; n < 3; n += 1) attempt('failed', 0)
  its.answered(before)
  its.ended('good', before, 500)
  assert.equal(its.state, 'open')
  its.begin(1_000)
  its.ended('failed', before, 1_000)
  assert.equal(its.state, 'half-open')
})

test('BucketBreakers: one bucket is cut off, others are not, and what is well again is forgotten', () => {
  const changes: string[] = []
  const changed = (bucket: string, from: string, to: string) => changes.push(`${bucket}: ${from} to ${to}`)
  const buckets = new BucketBreakers({ ...options, bucketsMax: 2, random, changed })
  const attempt = (bucket: string, verdict: 'good' | 'failed', nowMs: number) =>
    buckets.ended(bucket, verdict, buckets.begin(bucket, nowMs), nowMs)
  for (let n = 0; n < 3; n += 1) attempt('bad', 'failed', 0)
  assert.deepEqual(buckets.openBuckets, ['bad'])
  assert.equal(buckets.lets('bad', 0), false)
  assert.equal(buckets.lets('other', 0), true)
  attempt('bad', 'good', 1_000)
  assert.equal(buckets.lets('bad', 1_000), true)
  assert.deepEqual(buckets.openBuckets, [])
  assert.deepEqual(changes, ['bad: closed to open', 'bad: open to half-open', 'bad: half-open to closed'])
})

test('BucketBreakers: only so many are known', () => {
  const buckets = new BucketBreakers({ ...options, consecutiveErrors: 1, bucketsMax: 2, random, changed() {} })
  for (const bucket of ['a', 'b', 'c']) buckets.ended(bucket, 'failed', buckets.begin(bucket, 0), 0)
  assert.deepEqual(buckets.openBuckets, ['b', 'c'])
})
