import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crushLn } from './logarithm.ts'
import { hashObjectName, stableMod, stableModMask } from './object-name.ts'
import { hash1, hash2, hash3, hash4, hash5 } from './rjenkins.ts'

test('hash1 … hash5: the values of libceph-common 16.2', () => {
  assert.equal(hash1(1), 3574081617)
  assert.equal(hash2(1, 2), 3079532188)
  assert.equal(hash3(1, 2, 3), 1935332395)
  assert.equal(hash4(1, 2, 3, 4), 1768759062)
  assert.equal(hash5(1, 2, 3, 4, 5), 1262657953)
  assert.equal(hash1(0xffffffff), 2138160170)
  assert.equal(hash2(0xffffffff, 0x80000000), 1847078430)
  assert.equal(hash3(0xffffffff, 0x80000000, 7), 3994877686)
  assert.equal(hash4(0xffffffff, 0x80000000, 7, 0), 533984581)
  assert.equal(hash5(0xffffffff, 0x80000000, 7, 0, 123456789), 1834836177)
})

test('hashObjectName: the values of libceph-common 16.2', () => {
  const expected: [string, number][] = [
    ['', 3175731469],
    ['a', 703514648],
    ['foo', 2143417350],
    ['hello world!', 516731539],
    ['0123456789ab', 2465405648],
    ['0123456789abc', 2294398249],
    ['naïve/été', 1272877818],
    ['0123456789abcdefghijklm', 2720348866],
    ['x'.repeat(2000), 2305236582],
  ]
  for (const [name, hash] of expected) assert.equal(hashObjectName(name), hash, name)
})

test('hashObjectName: bytes and text hash alike', () => {
  for (const name of ['', 'plain', 'é', 'x'.repeat(1023), 'x'.repeat(1025)]) {
    assert.equal(hashObjectName(new TextEncoder().encode(name)), hashObjectName(name))
  }
})

test('stableMod: growing the count moves values to new places only', () => {
  assert.deepEqual([1, 2, 3, 4, 5, 8, 9].map(stableModMask), [0, 1, 3, 3, 7, 7, 15])
  for (let count = 1; count < 64; count += 1) {
    for (let x = 0; x < 512; x += 1) {
      const before = stableMod(x, count, stableModMask(count))
      const after = stableMod(x, count + 1, stableModMask(count + 1))
      assert.ok(before < count)
      assert.ok(after === before || after === count)
    }
  }
})

test('crushLn: 2^44 times the logarithm, to the precision of the tables', () => {
  assert.equal(crushLn(0), 0)
  assert.equal(crushLn(1), 2 ** 44)
  assert.equal(crushLn(0x7fff), 15 * 2 ** 44)
  for (let u = 0; u <= 0xffff; u += 1) {
    assert.ok(Math.abs(crushLn(u) / 2 ** 44 - Math.log2(u + 1)) < 0.0002, `u ${u}`)
  }
})
