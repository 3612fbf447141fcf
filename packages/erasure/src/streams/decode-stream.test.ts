import assert from 'node:assert/strict'
import { test } from 'node:test'
import { choices, sampleBytes } from '../../test/sample.ts'
import { collect, encodeWhole, sourcesOf } from '../../test/streams.ts'
import { createCode } from '../code.ts'
import { storedChunkBytes } from '../layout.ts'
import { decodeStream } from './decode-stream.ts'

const code = createCode({ k: 3, m: 2 })
const unitBytes = 16
const object = sampleBytes(500)
const options = { unitBytes, sizeBytes: object.length }

test('decodeStream: any three of five chunks give the object back, with or without their padding', async () => {
  const padded = await encodeWhole(code, object, unitBytes)
  const stored = padded.map((chunk, index) => chunk.subarray(0, storedChunkBytes({ k: 3, ...options }, index)))
  for (const chunks of [padded, stored]) {
    for (const kept of choices(5, 3)) {
      const sources = sourcesOf(
        chunks.map((chunk, index) => (kept.includes(index) ? chunk : undefined)),
        [5, 40],
      )
      assert.deepEqual(await collect(decodeStream(code, sources, options)), Buffer.from(object), `from ${kept}`)
    }
  }
})

test('decodeStream: more data than a block, in units that do not fit blocks', async () => {
  const large = sampleBytes(400_001)
  const shape = { unitBytes: 1023, sizeBytes: large.length }
  const chunks: (Buffer | undefined)[] = await encodeWhole(code, large, shape.unitBytes)
  chunks[0] = undefined
  chunks[2] = undefined
  assert.ok((await collect(decodeStream(code, sourcesOf(chunks, [4096]), shape))).equals(large))
})

test('decodeStream: with all data there the pieces are those of the sources and coding chunks are not touched', async () => {
  const [a, b, c] = await encodeWhole(code, object, unitBytes)
  const untouched = {
    // biome-ignore lint/correctness/useYield: it must not come so far
    async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
      throw new Error('a coding chunk was read')
    },
  }
  const sources = [{ index: 4, bytes: untouched }, ...sourcesOf([a, b, c], [10_000])]
  for await (const piece of decodeStream(code, sources, options)) {
    assert.ok(
      [a, b, c].some((chunk) => chunk?.buffer === piece.buffer),
      'a piece was copied',
    )
  }
})

test('decodeStream: an empty object is no piece at all', async () => {
  const sources = sourcesOf([undefined, new Uint8Array(0), new Uint8Array(0), new Uint8Array(0)])
  assert.equal((await collect(decodeStream(code, sources, { unitBytes, sizeBytes: 0 }))).length, 0)
})

test('decodeStream: too few chunks are refused before any is read', async () => {
  const sources = sourcesOf([new Uint8Array(176), new Uint8Array(176)])
  await assert.rejects(collect(decodeStream(code, sources, options)), { code: 'tooFewChunks' })
  await assert.rejects(collect(decodeStream(code, sources, { unitBytes: -1, sizeBytes: 1 })), { code: 'badProfile' })
})

test('decodeStream: a chunk that ends early is named, in healthy and in degraded reads', async () => {
  const chunks: (Buffer | undefined)[] = await encodeWhole(code, object, unitBytes)
  chunks[1] = chunks[1]!.subarray(0, 100)
  const message = /chunk 1 ended after 100 bytes, short of what the size asks for/
  await assert.rejects(collect(decodeStream(code, sourcesOf(chunks), options)), { code: 'shortChunk', message })
  chunks[0] = undefined
  await assert.rejects(collect(decodeStream(code, sourcesOf(chunks), options)), { code: 'shortChunk', message })
})

test('decodeStream: a source that fails is named, its error is the cause, and the others are let go', async () => {
  const chunks = await encodeWhole(code, object, unitBytes)
  const cause = new Error('EIO')
  const closed: number[] = []
  const source = (index: number) => ({
    index,
    bytes: (async function* () {
      try {
        yield chunks[index]!.subarray(0, 32)
        if (index === 4) throw cause
        yield chunks[index]!.subarray(32)
      } finally {
        closed.push(index)
      }
    })(),
  })
  const message = /chunk 4 failed after 32 bytes: leave it out and read another/
  const stream = decodeStream(code, [source(0), source(2), source(4)], options)
  await assert.rejects(collect(stream), { code: 'sourceFailed', message, cause })
  assert.deepEqual(closed.sort(), [0, 2, 4])
})

test('decodeStream: a source that is stuck does not hold the error of another back', async () => {
  const stuck = { index: 3, bytes: { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) } }
  const sources = [...sourcesOf([new Uint8Array(10), new Uint8Array(176)]), stuck]
  await assert.rejects(collect(decodeStream(code, sources, options)), { code: 'shortChunk' })
})

test('decodeStream: a reader that stops early lets the sources go', async () => {
  const chunks = await encodeWhole(code, object, unitBytes)
  let closed = 0
  const sources = [0, 1, 4].map((index) => ({
    index,
    bytes: (async function* () {
      try {
        yield chunks[index]!
      } finally {
        closed += 1
      }
    })(),
  }))
  for await (const piece of decodeStream(code, sources, options)) if (piece.length > 0) break
  assert.equal(closed, 3)
})

test('decodeStream: a source that fails to close does not spoil what was read', async () => {
  const chunks = await encodeWhole(code, object, unitBytes)
  const source = (index: number, fail: () => never | Promise<never>) => ({
    index,
    bytes: { [Symbol.asyncIterator]: () => ({ next: async () => ({ value: chunks[index]! }), return: fail }) },
  })
  const sources = [
    source(0, () => Promise.reject(new Error('EIO'))),
    source(1, () => {
      throw new Error('EIO')
    }),
    ...sourcesOf([undefined, undefined, chunks[2]]),
  ]
  assert.ok((await collect(decodeStream(code, sources, options))).equals(object))
})
