import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatWeight, fromWeight, toWeight, weightOne } from '../index.ts'

test('toWeight: cut as crushtool cuts it', () => {
  const expected: [number, number][] = [
    [1, 0x10000],
    [0.1, 6553],
    [0.5, 32768],
    [0.00002, 1],
    [3.63869, 238465],
    [0.001, 65],
    [65535, 0xffff0000],
  ]
  for (const [value, weight] of expected) assert.equal(toWeight(value), weight, `${value}`)
  assert.equal(fromWeight(weightOne), 1)
})

test('formatWeight: at least three digits, and as many as are read back exactly', () => {
  assert.equal(formatWeight(0x10000), '1.000')
  assert.equal(formatWeight(6553), '0.100')
  assert.equal(formatWeight(6550), '0.09995')
  assert.equal(formatWeight(6550, 3), '0.100')
  assert.equal(formatWeight(0xffff0000), '65535.000')
  // Text weights are read in single precision: more than 24 bits cannot be told apart, by Ceph neither.
  assert.equal(formatWeight(0x1000001), '256.00001525878906')
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 24 }), (weight) => toWeight(Number(formatWeight(weight))) === weight),
    { numRuns: 2000 },
  )
})
