import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PeakEwma } from './peak-ewma.ts'

const near = (value: number, expected: number) =>
  assert.ok(Math.abs(value - expected) < 0.01, `${value}, not ${expected}`)

test('PeakEwma: rises at once, and falls with time', () => {
  const ewma = new PeakEwma(1_000)
  near(ewma.value(0), 1)
  ewma.record(101, 500)
  near(ewma.value(500), 101)
  near(ewma.value(1_500), 1 + 100 * Math.exp(-1))
  near(ewma.value(60_000), 1)
})

test('PeakEwma: a good sample pulls it down as far as time has passed', () => {
  const ewma = new PeakEwma(1_000)
  ewma.record(101, 0)
  ewma.record(1, 1)
  assert.ok(ewma.value(1) > 100)
  ewma.record(1, 1_001)
  near(ewma.value(1_001), 1 + 100 * Math.exp(-1.001))
  ewma.reset()
  near(ewma.value(1_001), 1)
})
