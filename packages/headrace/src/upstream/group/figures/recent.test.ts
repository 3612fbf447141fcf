import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median, quantile } from './quantile.ts'
import { RecentOutcomes } from './recent-outcomes.ts'
import { RecentSamples } from './recent-samples.ts'

test('RecentSamples: those of the window, and at most so many', () => {
  const samples = new RecentSamples(1_000)
  assert.equal(samples.sorted(0).length, 0)
  samples.record(3, 0)
  samples.record(1, 500)
  samples.record(2, 900)
  assert.deepEqual([...samples.sorted(999)], [1, 2, 3])
  assert.deepEqual([...samples.sorted(1_000)], [1, 2])
  for (let n = 0; n < 1_000; n += 1) samples.record(n, 1_000)
  const sorted = samples.sorted(1_000)
  assert.equal(sorted.length, 256)
  assert.equal(quantile(sorted, 1), 999)
  samples.reset()
  assert.equal(samples.sorted(1_000).length, 0)
})

test('quantile, median', () => {
  assert.equal(quantile([], 0.5), undefined)
  assert.equal(quantile([1, 2, 3], 0.5), 2)
  assert.equal(quantile([1, 2, 3], 0.99), 3)
  assert.equal(quantile([1, 2, 3], 0), 1)
  assert.equal(median([]), undefined)
  assert.equal(median([4, 1, 3, 2]), 3)
})

test('RecentOutcomes: counts of a window that moves on', () => {
  const outcomes = new RecentOutcomes(1_000)
  outcomes.record('good', 0)
  outcomes.record('failed', 150)
  outcomes.record('throttled', 950)
  outcomes.record('none', 950)
  assert.deepEqual(outcomes.counts(999), { total: 3, failed: 1, throttled: 1 })
  assert.deepEqual(outcomes.counts(1_050), { total: 2, failed: 1, throttled: 1 })
  assert.deepEqual(outcomes.counts(1_150), { total: 1, failed: 0, throttled: 1 })
  assert.deepEqual(outcomes.counts(99_000), { total: 0, failed: 0, throttled: 0 })
  outcomes.record('failed', 99_000)
  outcomes.reset()
  assert.deepEqual(outcomes.counts(99_000), { total: 0, failed: 0, throttled: 0 })
})
