import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleBytes, sampleChunks } from '../../test/sample.ts'
import { collect, encodeWhole, sourcesOf } from '../../test/streams.ts'
import { createCode } from '../code.ts'
import { encode } from '../encode.ts'
import { decodeStream } from '../streams/decode-stream.ts'
import { encodeStream } from '../streams/encode-stream.ts'
import { createPool, WorkerPool } from './pool.ts'

const code = createCode({ k: 4, m: 2 })

test('pool: computes what the calling thread computes, for work of any size', async () => {
  await using pool = createPool({ workers: 2 })
  for (const sizeBytes of [1, 100, 16_384, 16_385, 100_000]) {
    const data = sampleChunks(4, sizeBytes)
    const coding = sampleChunks(2, sizeBytes)
    encode(code, data, coding)
    const buffers = pool.allocate({ count: 6, sizeBytes })
    for (const [index, chunk] of data.entries()) buffers[index]!.set(chunk)
    await pool.combine(code.encoding, { sources: buffers.slice(0, 4), targets: buffers.slice(4) })
    assert.deepEqual(
      buffers.slice(4).map((buffer) => Uint8Array.from(buffer)),
      coding,
    )
  }
})

test('pool: many combinations at once do not mix', async () => {
  await using pool = createPool({ workers: 2 })
  const work = Array.from({ length: 20 }, (_, seed) => {
    const buffers = pool.allocate({ count: 6, sizeBytes: 40_000 })
    for (const [index, chunk] of sampleChunks(4, 40_000, seed).entries()) buffers[index]!.set(chunk)
    return { sources: buffers.slice(0, 4), targets: buffers.slice(4) }
  })
  await Promise.all(work.map((buffers) => pool.combine(code.encoding, buffers)))
  for (const { sources, targets } of work) {
    const coding = sampleChunks(2, 40_000)
    encode(code, sources, coding)
    assert.deepEqual(
      targets.map((target) => Uint8Array.from(target)),
      coding,
    )
  }
})

test('pool: is an engine for the streams', async () => {
  await using pool = createPool()
  const object = sampleBytes(300_000)
  const options = { unitBytes: 20_000, sizeBytes: object.length, engine: pool }
  const chunks: (Buffer | undefined)[] = await encodeWhole(code, object, options.unitBytes)
  for await (const stripe of encodeStream(code, [object], options)) {
    const start = stripe.index * options.unitBytes
    for (const [index, chunk] of stripe.chunks.entries()) {
      assert.ok(chunks[index]!.subarray(start, start + options.unitBytes).equals(Uint8Array.from(chunk)))
    }
  }
  chunks[1] = undefined
  assert.ok((await collect(decodeStream(code, sourcesOf(chunks), options))).equals(object))
})

test('pool: refuses memory that is not shared, and what every engine refuses', async () => {
  await using pool = createPool({ workers: 1 })
  const sources = sampleChunks(4, 10)
  const targets = sampleChunks(2, 10)
  const message = /a pool works on shared memory only: take the buffers from its allocate\(\)/
  await assert.rejects(pool.combine(code.encoding, { sources, targets }), { code: 'badChunks', message })
  await assert.rejects(pool.combine(code.encoding, { sources, targets: [] }), { code: 'badChunks' })
})

test('pool: closing rejects what is under way and all that follows', async () => {
  const pool = createPool({ workers: 1 })
  const buffers = pool.allocate({ count: 6, sizeBytes: 100_000 })
  const work = { sources: buffers.slice(0, 4), targets: buffers.slice(4) }
  const underWay = pool.combine(code.encoding, work)
  const closed = pool.close()
  await assert.rejects(underWay, { code: 'poolFailed', message: 'the pool is closed' })
  await closed
  await assert.rejects(pool.combine(code.encoding, work), { code: 'poolFailed', message: 'the pool is closed' })
})

test('pool: a worker that dies fails the pool with its error as the cause', async () => {
  await using pool = new WorkerPool(2, new URL('data:text/javascript,throw new Error("out of luck")'))
  const buffers = pool.allocate({ count: 6, sizeBytes: 100 })
  const work = { sources: buffers.slice(0, 4), targets: buffers.slice(4) }
  const error = { code: 'poolFailed', message: 'a worker of the pool died: make a new pool' }
  await assert.rejects(pool.combine(code.encoding, work), (thrown: Error) => {
    assert.match(String(thrown.cause), /out of luck/)
    assert.deepEqual({ ...thrown, message: thrown.message }, { name: 'ErasureError', ...error })
    return true
  })
  await assert.rejects(pool.combine(code.encoding, work), error)
})

test('pool: a number of workers that is none is refused', () => {
  for (const workers of [0, -1, 1.5, 1000]) {
    assert.throws(() => createPool({ workers }), {
      code: 'badProfile',
      message: /workers is .*a whole number from 1 to 256/,
    })
  }
})
