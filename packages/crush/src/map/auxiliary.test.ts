import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auxiliaryOf } from '../index.ts'

test('auxiliaryOf: running sums and node weights', () => {
  assert.deepEqual(auxiliaryOf('list', [1, 2, 3], 1), [1, 3, 6])
  assert.deepEqual(auxiliaryOf('tree', [1, 2, 3], 1), [0, 1, 3, 2, 6, 3, 3, 0])
  assert.deepEqual(auxiliaryOf('tree', [], 1), [])
  assert.deepEqual(auxiliaryOf('straw2', [1, 2], 1), [])
})

test('auxiliaryOf: straws grow with weights; zero weighs nothing; both versions end', () => {
  const weights = [0x20000, 0, 0x10000, 0x10000, 0x40000]
  for (const version of [0, 1]) {
    const [two, zero, one, same, four] = auxiliaryOf('straw', weights, version) as [
      number,
      number,
      number,
      number,
      number,
    ]
    assert.equal(zero, 0)
    assert.equal(one, 0x10000)
    assert.equal(same, one)
    assert.ok(one < two && two < four)
  }
  assert.deepEqual(auxiliaryOf('straw', [7, 7, 7], 0), [0x10000, 0x10000, 0x10000])
})
