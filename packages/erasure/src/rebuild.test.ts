import assert from 'node:assert/strict'
import { test } from 'node:test'
import { choices, sampleChunks } from '../test/sample.ts'
import type { Chunk } from './chunk.ts'
import { type Code, createCode } from './code.ts'
import { decode } from './decode.ts'
import { encode } from './encode.ts'
import { localEngine } from './local-engine.ts'
import { planRebuild } from './plan-rebuild.ts'
import type { Technique } from './profile.ts'
import { rebuild } from './rebuild.ts'

const lengthBytes = 37

function encoded(code: Code): Chunk[] {
  const data = sampleChunks(code.k, lengthBytes)
  const coding = Array.from({ length: code.m }, () => new Uint8Array(lengthBytes))
  encode(code, data, coding)
  return [...data, ...coding].map((bytes, index) => ({ index, bytes }))
}

/** Loses every set of m chunks in turn and rebuilds it from the others; returns how many sets there were. */
function loseEverySet(code: Code): number {
  const chunks = encoded(code)
  const all = chunks.map(({ index }) => index)
  const targets = Array.from({ length: code.m }, () => new Uint8Array(lengthBytes))
  let sets = 0
  for (const lost of choices(code.k + code.m, code.m)) {
    const plan = planRebuild(code, { from: all.filter((index) => !lost.includes(index)), to: lost })
    localEngine.combine(plan, { sources: plan.from.map((index) => chunks[index]!.bytes), targets })
    for (const [at, index] of lost.entries()) {
      if (Buffer.compare(targets[at]!, chunks[index]!.bytes) !== 0) assert.fail(`${index} of lost ${lost}`)
    }
    sets += 1
  }
  return sets
}

for (const technique of ['cauchy', 'reed_sol_van'] as const satisfies Technique[]) {
  test(`rebuild: every loss of m chunks of every ${technique} code up to k + m = 14`, () => {
    let sets = 0
    for (let k = 1; k <= 14; k += 1) {
      const most = technique === 'cauchy' ? 14 - k : Math.min(4, 14 - k)
      for (let m = 0; m <= most; m += 1) sets += loseEverySet(createCode({ k, m, technique }))
    }
    // The sum of C(k + m, m) over those codes.
    assert.equal(sets, technique === 'cauchy' ? 32_752 : 4_938)
  })
}

test('planRebuild: takes data chunks first, then the lowest coding chunks', () => {
  const code = createCode({ k: 4, m: 3 })
  const plan = planRebuild(code, { from: [6, 5, 4, 3, 1, 0], to: [2] })
  assert.deepEqual(plan.from, [0, 1, 3, 4])
  assert.equal(plan.coefficients.length, 4)
})

test('planRebuild: one chunk that Vandermonde lost is the XOR of the others and the first coding chunk', () => {
  const code = createCode({ k: 6, m: 3, technique: 'reed_sol_van' })
  const plan = planRebuild(code, { from: [0, 1, 3, 4, 5, 6, 7, 8], to: [2] })
  assert.deepEqual([...plan.coefficients], [1, 1, 1, 1, 1, 1])
})

test('decode: chunks that are there come back as they are; those that are missing are new', () => {
  const code = createCode({ k: 4, m: 2 })
  const chunks = encoded(code)
  const left = chunks.filter(({ index }) => index !== 1)
  const data = decode(code, left.toReversed())
  assert.equal(data[0], chunks[0]?.bytes)
  assert.notEqual(data[1], chunks[1]?.bytes)
  assert.deepEqual(
    data,
    chunks.slice(0, 4).map(({ bytes }) => bytes),
  )
  assert.deepEqual(
    decode(code, chunks),
    chunks.slice(0, 4).map(({ bytes }) => bytes),
  )
})

test('rebuild: a chunk that is among the sources may be wanted as well', () => {
  const code = createCode({ k: 2, m: 2 })
  const chunks = encoded(code)
  assert.deepEqual(rebuild(code, chunks, [3, 0]), [chunks[3]!.bytes, chunks[0]!.bytes])
})

test('rebuild: too few, doubled, unknown and unequal chunks are refused', () => {
  const code = createCode({ k: 3, m: 2 })
  const [a, b, c, d] = encoded(code) as [Chunk, Chunk, Chunk, Chunk]
  const short = { index: 3, bytes: d.bytes.subarray(1) }
  const cases: [Chunk[], string, RegExp][] = [
    [[a, b], 'tooFewChunks', /2 of 5 chunks are there \(0, 1\) where any 3 are needed/],
    [[], 'tooFewChunks', /0 of 5 chunks are there \(none\)/],
    [[a, b, a], 'badChunks', /chunk 0 is given twice/],
    [[a, b, { index: 5, bytes: c.bytes }], 'badChunks', /chunk 5 does not exist: they are 0 to 4/],
    [[a, b, { index: -1, bytes: c.bytes }], 'badChunks', /chunk -1 does not exist/],
    [[a, b, short], 'badChunks', /chunk 3 has 36 bytes where chunk 0 has 37/],
    [[a, b, c, short], 'badChunks', /one of them is cut short or of another stripe/],
  ]
  for (const [chunks, errorCode, message] of cases) {
    assert.throws(() => decode(code, chunks), { name: 'ErasureError', code: errorCode, message })
  }
  assert.throws(() => rebuild(code, [a, b, c], [3, 3]), /chunk 3 is given twice/)
})
