import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleBytes, sampleChunks } from '../../test/sample.ts'
import { createCode } from '../code.ts'
import type { Combination } from '../combination.ts'
import { localEngine } from '../local-engine.ts'
import { kernelEngine } from './kernel-engine.ts'
import { scalarEngine } from './scalar-engine.ts'

/** What the scalar engine computes, which the kernel must equal. */
function expected(combination: Combination, sources: readonly Uint8Array[]): Uint8Array[] {
  const targets = Array.from({ length: combination.targetCount }, () => new Uint8Array(sources[0]!.length))
  scalarEngine.combine(combination, { sources, targets })
  return targets
}

function combination(sourceCount: number, targetCount: number): Combination {
  return { sourceCount, targetCount, coefficients: sampleBytes(sourceCount * targetCount, sourceCount) }
}

test('localEngine: is the kernel where the process can run it', () => {
  assert.equal(localEngine, kernelEngine)
})

test('kernelEngine: every coefficient times every byte', () => {
  const source = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  for (let c = 0; c < 256; c += 1) {
    const one = { sourceCount: 1, targetCount: 1, coefficients: Uint8Array.of(c) }
    const target = new Uint8Array(256)
    kernelEngine.combine(one, { sources: [source], targets: [target] })
    assert.deepEqual([target], expected(one, [source]))
  }
})

test('kernelEngine: every length from 0 to 130 bytes, outside and resident, leaves the bytes around alone', () => {
  const map = combination(3, 2)
  for (let length = 0; length <= 130; length += 1) {
    const sources = sampleChunks(3, length, length)
    for (const memory of [[new Uint8Array(700)], kernelEngine.allocate({ count: 1, sizeBytes: 700 })]) {
      const whole = memory[0]!.fill(0xee)
      const buffers = Array.from({ length: 5 }, (_, index) => whole.subarray(1 + index * 133, 1 + index * 133 + length))
      for (const [index, source] of sources.entries()) buffers[index]!.set(source)
      const targets = buffers.slice(3)
      kernelEngine.combine(map, { sources: buffers.slice(0, 3), targets })
      assert.deepEqual(
        targets.map((target) => Uint8Array.from(target)),
        expected(map, sources),
      )
      for (let index = 0; index < 5; index += 1) {
        assert.equal(whole[index * 133], 0xee)
        assert.equal(whole[1 + index * 133 + length], 0xee)
      }
    }
  }
})

test('kernelEngine: 1 to 9 targets from 1 to 12 sources, over several blocks', () => {
  for (let targetCount = 1; targetCount <= 9; targetCount += 1) {
    const map = combination(13 - targetCount, targetCount)
    const sources = sampleChunks(map.sourceCount, 33_001)
    const targets = expected(map, sources).map((target) => target.slice().fill(1))
    kernelEngine.combine(map, { sources, targets })
    assert.deepEqual(targets, expected(map, sources))
  }
})

test('kernelEngine: 255 chunks share the scratch', () => {
  for (const [k, m] of [
    [128, 127],
    [254, 1],
    [1, 254],
  ] as const) {
    const { encoding } = createCode({ k, m })
    const sources = sampleChunks(k, 3000)
    const targets = Array.from({ length: m }, () => new Uint8Array(3000))
    kernelEngine.combine(encoding, { sources, targets })
    assert.deepEqual(targets, expected(encoding, sources))
  }
})

test('kernelEngine: buffers of two allocations and of none are combined with each other', () => {
  const map = combination(3, 3)
  const sources = sampleChunks(3, 5000)
  const [a, b] = kernelEngine.allocate({ count: 2, sizeBytes: 5000 }) as [Uint8Array, Uint8Array]
  const [c, d] = kernelEngine.allocate({ count: 2, sizeBytes: 5000 }) as [Uint8Array, Uint8Array]
  a.set(sources[0]!)
  c.set(sources[2]!)
  for (const targets of [
    [b, d, new Uint8Array(5000)],
    [new Uint8Array(5000), new Uint8Array(5000), d],
  ]) {
    kernelEngine.combine(map, { sources: [a, sources[1]!, c], targets })
    assert.deepEqual(
      targets.map((target) => Uint8Array.from(target)),
      expected(map, sources),
    )
    kernelEngine.combine(map, { sources, targets })
    assert.deepEqual(
      targets.map((target) => Uint8Array.from(target)),
      expected(map, sources),
    )
  }
})

test('kernelEngine: 12 MiB chunks pass block by block', () => {
  const { encoding } = createCode({ k: 2, m: 1 })
  const sources = [new Uint8Array(12 * 2 ** 20).fill(0x5a), new Uint8Array(12 * 2 ** 20).fill(0xa5)]
  const target = new Uint8Array(12 * 2 ** 20)
  kernelEngine.combine(encoding, { sources, targets: [target] })
  assert.ok(target.every((byte) => byte === 0xff))
})
