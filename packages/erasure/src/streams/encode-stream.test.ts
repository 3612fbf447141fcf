import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleBytes } from '../../test/sample.ts'
import { inPieces } from '../../test/streams.ts'
import { createCode } from '../code.ts'
import { encode } from '../encode.ts'
import { localEngine } from '../local-engine.ts'
import { encodeStream } from './encode-stream.ts'

const code = createCode({ k: 3, m: 2 })

test('encodeStream: pieces of any size become the same stripes', async () => {
  const bytes = sampleBytes(500)
  for (const sizes of [[500], [1], [7, 1, 64], [48], [0, 100]]) {
    const stripes = []
    for await (const stripe of encodeStream(code, inPieces(bytes, sizes), { unitBytes: 16 })) {
      const data = Array.from({ length: 3 }, (_, index) => {
        const chunk = new Uint8Array(16)
        const start = (stripe.index * 3 + index) * 16
        chunk.set(bytes.subarray(start, start + 16))
        return chunk
      })
      const coding = [new Uint8Array(16), new Uint8Array(16)]
      encode(code, data, coding)
      assert.deepEqual(
        stripe.chunks.map((chunk) => chunk.slice()),
        [...data, ...coding],
      )
      stripes.push([stripe.index, stripe.dataBytes])
    }
    assert.deepEqual(stripes, [...Array.from({ length: 10 }, (_, index) => [index, 48]), [10, 20]])
  }
})

test('encodeStream: the padding of the last stripe is zero, also where an older stripe has been', async () => {
  for await (const { index, chunks } of encodeStream(code, [new Uint8Array(48 + 17).fill(0xff)], { unitBytes: 16 })) {
    if (index === 1) assert.deepEqual([...chunks[1]!, ...chunks[2]!], [0xff, ...new Array(31).fill(0)])
  }
})

test('encodeStream: an empty stream has no stripe; a synchronous source will do', async () => {
  for await (const _ of encodeStream(code, [], { unitBytes: 16 })) assert.fail('a stripe of nothing')
  for await (const _ of encodeStream(code, [new Uint8Array(0)], { unitBytes: 16 })) assert.fail('a stripe of nothing')
})

test('encodeStream: a stripe stays as it is until lentStripes more have been asked for', async () => {
  const stripes = encodeStream(code, inPieces(sampleBytes(48 * 5), [10]), { unitBytes: 16, lentStripes: 3 })
  const lent = []
  for await (const { chunks } of stripes) {
    lent.push({ chunks, copy: chunks.map((chunk) => chunk.slice()) })
    for (const { chunks: kept, copy } of lent.slice(-3))
      assert.deepEqual(
        kept.map((chunk) => chunk.slice()),
        copy,
      )
  }
  assert.equal(lent.length, 5)
  assert.equal(lent[0]!.chunks[0], lent[3]!.chunks[0])
})

test('encodeStream: a bad unit is refused, and the source is let go when the reader stops', async () => {
  await assert.rejects(encodeStream(code, [], { unitBytes: 0 }).next(), { code: 'badProfile' })
  let closed = false
  async function* source() {
    try {
      for (;;) yield new Uint8Array(100)
    } finally {
      closed = true
    }
  }
  for await (const stripe of encodeStream(code, source(), { unitBytes: 16 })) if (stripe.index === 3) break
  assert.ok(closed)
})

test('encodeStream: an engine may hand out the same buffers again for the next stream', async () => {
  const kept = localEngine.allocate({ count: 5, sizeBytes: 16 })
  const engine = { allocate: () => kept, combine: localEngine.combine }
  for (const seed of [1, 2]) {
    const bytes = sampleBytes(30, seed)
    for await (const { chunks } of encodeStream(code, [bytes], { unitBytes: 16, engine })) {
      assert.equal(chunks[4], kept[4])
      assert.deepEqual(Buffer.concat(chunks.slice(0, 3)), Buffer.concat([bytes], 48))
    }
  }
})
