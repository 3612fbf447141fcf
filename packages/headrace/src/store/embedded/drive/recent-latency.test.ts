import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecentLatency } from './recent-latency.ts'

function isNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual / expected - 1) < 0.1, `${actual} is not within a tenth of ${expected}`)
}

test('RecentLatency: quantiles are right within a tenth, from microseconds to minutes', () => {
  for (const scale of [0.005, 0.2, 8, 1_000, 300_000]) {
    const latency = new RecentLatency()
    for (let n = 1; n <= 1_000; n += 1) latency.record((scale * n) / 1_000, 0)
    isNear(latency.quantile(0.5), scale * 0.5)
    isNear(latency.quantile(0.95), scale * 0.95)
    isNear(latency.quantile(1), scale)
  }
})

test('RecentLatency: no call at all, and calls beyond the bins', () => {
  const latency = new RecentLatency()
  assert.equal(latency.quantile(0.95), 0)
  assert.equal(latency.count, 0)
  latency.record(0, 0)
  assert.ok(latency.quantile(0.95) < 0.002)
  latency.reset()
  latency.record(1e12, 0)
  assert.ok(latency.quantile(0.95) > 3_600_000)
})

test('RecentLatency: what is older than two windows is forgotten, but only when something new comes', () => {
  const latency = new RecentLatency()
  for (let n = 0; n < 100; n += 1) latency.record(1_000, n)
  isNear(latency.quantile(0.95), 1_000)
  for (let n = 0; n < 1_000; n += 1) latency.record(1, 6_000 + n)
  assert.equal(latency.count, 1_100)
  isNear(latency.quantile(0.5), 1)
  for (let n = 0; n < 1_000; n += 1) latency.record(1, 12_000 + n)
  isNear(latency.quantile(1), 1)
  assert.equal(latency.count, 2_000)
  latency.record(5, 1e9)
  assert.equal(latency.count, 1)
})
