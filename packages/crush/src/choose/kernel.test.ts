import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { buildKernel } from '../../tools/build-kernel.ts'
import { crushLn } from '../hash/logarithm.ts'
import { hash3, hash4 } from '../hash/rjenkins.ts'
import { createKernel } from './kernel.ts'
import { bucketsStart } from './kernel-layout.ts'

test('kernel-code.ts: what tools/build-kernel.ts writes', async () => {
  const written = readFileSync(new URL('./kernel-code.ts', import.meta.url), 'utf8')
  assert.equal(written, await buildKernel())
})

test('kernel: hashes as the plain functions do', () => {
  const { kernel } = createKernel(0)
  for (let x = -5; x < 500; x += 1) {
    assert.equal(kernel.hash3(x, -x, x * 77777) >>> 0, hash3(x, -x, x * 77777))
    assert.equal(kernel.hash4(x, 7, -x, x << 20) >>> 0, hash4(x, 7, -x, x << 20))
  }
})

/** straw2 by its definition, with integers of any size. */
function straw2(ids: readonly number[], weights: readonly number[], x: number, r: number): number {
  const draws = ids.map((id, index) => {
    if (weights[index] === 0) return -(2n ** 63n)
    const numerator = BigInt(crushLn(hash3(x, id, r) & 0xffff)) - 2n ** 48n
    return numerator / BigInt(weights[index]!)
  })
  return draws.reduce((best, draw, index) => (draw > draws[best]! ? index : best), 0)
}

test('kernel: straw2 draws as its definition says, at every size and weight', () => {
  const { kernel, memory } = createKernel(12 * 12)
  const idList = new Int32Array(memory, bucketsStart, 12)
  const weightList = new Float64Array(memory, bucketsStart + 48, 12)
  const patterns = [
    [1, 1, 1, 1, 1, 1, 1, 1, 1],
    [0x10000, 0x20000, 0, 0x18000, 7, 0x10000, 0x7fffffff, 0xffffffff, 0x10000],
    [0xffffffff, 0xffffffff, 0xffffffff, 0xfffffffe, 0xffffffff, 0, 0, 0xffffffff, 1],
    [0, 0, 0, 0, 0, 0, 0, 0, 0],
  ]
  for (const weights of patterns) {
    for (let size = 1; size <= 9; size += 1) {
      const ids = Array.from({ length: size }, (_, index) => (index % 2 === 0 ? index * 3 : -index - 1))
      idList.fill(0).set(ids)
      weightList.fill(0).set(weights.slice(0, size))
      for (let x = 0; x < 300; x += 1) {
        const index = kernel.straw2(bucketsStart, bucketsStart + 48, size, x, x % 5)
        assert.equal(index, straw2(ids, weights.slice(0, size), x, x % 5), `${weights} of ${size}, x ${x}`)
      }
    }
  }
})
