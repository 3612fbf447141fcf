import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LatencyBaseline } from './latency-baseline.ts'

test('LatencyBaseline: latencies are judged by what was learnt', () => {
  const baseline = new LatencyBaseline()
  assert.equal(baseline.judge({ p99Ms: 500, p90Ms: 500 }), 'good')
  baseline.learn(
    [
      { p99Ms: 90, p90Ms: 10 },
      { p99Ms: 110, p90Ms: 10 },
    ],
    0,
  )
  assert.equal(baseline.p99Ms, 100)
  assert.equal(baseline.judge({ p99Ms: 110, p90Ms: 11 }), 'good')
  assert.equal(baseline.judge({ p99Ms: 120, p90Ms: 11 }), 'fair')
  assert.equal(baseline.judge({ p99Ms: 110, p90Ms: 13 }), 'fair')
  assert.equal(baseline.judge({ p99Ms: 140, p90Ms: 11 }), 'over')
  assert.equal(baseline.judge({ p99Ms: 90, p90Ms: 15 }), 'over')
})

test('LatencyBaseline: differences of a fraction of a millisecond are chance', () => {
  const baseline = new LatencyBaseline()
  baseline.learn([{ p99Ms: 0.4, p90Ms: 0.2 }], 0)
  assert.equal(baseline.judge({ p99Ms: 0.6, p90Ms: 0.6 }), 'good')
  assert.equal(baseline.judge({ p99Ms: 0.6, p90Ms: 1.3 }), 'over')
})

test('LatencyBaseline: what is new counts beside what is known, which is forgotten after a minute', () => {
  const baseline = new LatencyBaseline()
  baseline.learn([{ p99Ms: 10, p90Ms: 10 }], 0)
  baseline.learn([{ p99Ms: 20, p90Ms: 20 }], 20_000)
  assert.equal(baseline.p99Ms, 13)
  baseline.learn([{ p99Ms: 40, p90Ms: 40 }], 80_000)
  assert.equal(baseline.p99Ms, 40)
})

test('LatencyBaseline: looks at which nothing was measured teach nothing', () => {
  const baseline = new LatencyBaseline()
  baseline.learn([{ p99Ms: 0, p90Ms: 0 }], 0)
  assert.equal(baseline.judge({ p99Ms: 50, p90Ms: 50 }), 'good')
  baseline.learn(
    [
      { p99Ms: 0, p90Ms: 0 },
      { p99Ms: 8, p90Ms: 4 },
    ],
    20_000,
  )
  assert.equal(baseline.p99Ms, 8)
  baseline.learn([{ p99Ms: 0, p90Ms: 0 }], 40_000)
  assert.equal(baseline.p99Ms, 8)
})
