import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { chunkRanges, createCode, decode, decodeStream, encode, rebuild, verify } from '../src/index.js'
import { sampleBytes, sampleChunks } from './sample.js'
import { collect, encodeWhole, sourcesOf } from './streams.js'

const limits = { interruptAfterTimeLimit: 8000, markInterruptAsFailure: false, numRuns: 300 }
const cauchy = fc.record({ k: fc.integer({ min: 1, max: 24 }), m: fc.integer({ min: 0, max: 10 }) })
const vandermonde = fc.record({
  k: fc.integer({ min: 1, max: 21 }),
  m: fc.integer({ min: 0, max: 4 }),
  technique: fc.constant('reed_sol_van'),
})
const profiles = fc.oneof(cauchy, vandermonde)
/** A profile with an order of its chunks: the first k of it survive, or more. */
const survivals = profiles.chain((profile) => {
  const indexes = Array.from({ length: profile.k + profile.m }, (_, index) => index)
  return fc.record({
    profile: fc.constant(profile),
    order: fc.shuffledSubarray(indexes, { minLength: indexes.length }),
    extra: fc.integer({ min: 0, max: profile.m }),
  })
})
function encoded(profile, lengthBytes) {
  const code = createCode(profile)
  const data = sampleChunks(code.k, lengthBytes)
  const coding = Array.from({ length: code.m }, () => new Uint8Array(lengthBytes))
  encode(code, data, coding)
  return { code, chunks: [...data, ...coding].map((bytes, index) => ({ index, bytes })) }
}
test('property: any k or more chunks, in any order, give every other chunk back', () => {
  fc.assert(
    fc.property(survivals, fc.integer({ min: 0, max: 200 }), ({ profile, order, extra }, lengthBytes) => {
      const { code, chunks } = encoded(profile, lengthBytes)
      const left = order.slice(0, code.k + extra).map((index) => chunks[index])
      assert.deepEqual(
        rebuild(code, left, order),
        order.map((index) => chunks[index].bytes),
      )
      assert.deepEqual(
        decode(code, left),
        chunks.slice(0, code.k).map(({ bytes }) => bytes),
      )
      assert.deepEqual(verify(code, left), [])
    }),
    limits,
  )
})
test('property: damage to no more chunks than are spare never passes verify', () => {
  const damages = fc.record({
    mask: fc.integer({ min: 1, max: 255 }),
    at: fc.nat(),
    count: fc.integer({ min: 1, max: 10 }),
  })
  fc.assert(
    fc.property(survivals, damages, ({ profile, order, extra }, { mask, at, count }) => {
      fc.pre(extra > 0)
      const { code, chunks } = encoded(profile, 50)
      const left = order.slice(0, code.k + extra).map((index) => chunks[index])
      for (const { bytes } of left.toReversed().slice(0, Math.min(count, extra))) bytes[at % 50] ^= mask
      assert.notDeepEqual(verify(code, left), [])
    }),
    limits,
  )
})
test('property: encoding is linear: the code of a XOR is the XOR of the codes', () => {
  fc.assert(
    fc.property(profiles, fc.nat(1000), (profile, seed) => {
      const code = createCode(profile)
      const codeOf = (data) => {
        const coding = Array.from({ length: code.m }, () => new Uint8Array(20))
        encode(code, data, coding)
        return coding
      }
      const xor = (a, b) => a.map((one, index) => one.map((byte, at) => byte ^ b[index][at]))
      const a = sampleChunks(code.k, 20, seed)
      const b = sampleChunks(code.k, 20, seed + 1)
      assert.deepEqual(codeOf(xor(a, b)), xor(codeOf(a), codeOf(b)))
    }),
    limits,
  )
})
test('property: streams of any sizes give the object back; a range lies where chunkRanges says', async () => {
  const shapes = fc.record({
    unitBytes: fc.integer({ min: 1, max: 300 }),
    sizeBytes: fc.integer({ min: 0, max: 5000 }),
  })
  const pieces = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 })
  const ranges = fc.record({ offset: fc.nat(5000), length: fc.nat(5000) })
  await fc.assert(
    fc.asyncProperty(survivals, shapes, pieces, ranges, async ({ profile, order }, shape, sizes, range) => {
      const code = createCode(profile)
      const object = sampleBytes(shape.sizeBytes, shape.unitBytes)
      const chunks = await encodeWhole(code, object, shape.unitBytes)
      const left = chunks.map((chunk, index) => (order.indexOf(index) < code.k ? chunk : undefined))
      assert.ok((await collect(decodeStream(code, sourcesOf(left, sizes), shape))).equals(object))
      const held = chunkRanges({ k: code.k, ...shape }, range).map(({ chunk, offset, length }) => {
        return chunks[chunk].subarray(offset, offset + length)
      })
      const wanted = Buffer.from(object.subarray(range.offset, range.offset + range.length))
      assert.ok(Buffer.concat(held).sort().equals(wanted.sort()))
    }),
    { ...limits, numRuns: 150 },
  )
})
