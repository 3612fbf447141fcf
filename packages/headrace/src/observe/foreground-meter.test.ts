import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimClock } from '../../sim/sim-clock.ts'
import { ForegroundMeter } from './foreground-meter.ts'

test('ForegroundMeter: the rate and the p99 of what came since the last look', () => {
  const clock = new SimClock()
  const meter = new ForegroundMeter(clock)
  for (let ms = 1; ms <= 200; ms += 1) meter.record({ firstByteMs: ms, bytesIn: 0, status: 200 })
  clock.advance(2_000)
  assert.deepEqual(meter.take(), { requestsPerS: 100, p99Ms: 199, p90Ms: 181 })
  clock.advance(1_000)
  assert.deepEqual(meter.take(), { requestsPerS: 0, p99Ms: 0, p90Ms: 0 })
})

test('ForegroundMeter: large uploads and refusals count as requests, and their time does not', () => {
  const clock = new SimClock()
  const meter = new ForegroundMeter(clock)
  meter.record({ firstByteMs: 5_000, bytesIn: 1024 ** 2, status: 200 })
  meter.record({ firstByteMs: 4_000, bytesIn: 0, status: 403 })
  meter.record({ firstByteMs: 3, bytesIn: 1_000, status: 200 })
  clock.advance(1_000)
  assert.deepEqual(meter.take(), { requestsPerS: 3, p99Ms: 3, p90Ms: 3 })
})

test('ForegroundMeter: any number of requests takes the same memory', () => {
  const clock = new SimClock()
  const meter = new ForegroundMeter(clock)
  for (let count = 0; count < 100_000; count += 1) meter.record({ firstByteMs: 1, bytesIn: 0, status: 200 })
  clock.advance(1_000)
  assert.deepEqual(meter.take(), { requestsPerS: 100_000, p99Ms: 1, p90Ms: 1 })
})
