import assert from 'node:assert/strict'
import { test } from 'node:test'
import { choices, sampleBytes } from '../../test/sample.ts'
import { encodeWhole, sourcesOf } from '../../test/streams.ts'
import { createCode } from '../code.ts'
import { storedChunkBytes } from '../layout.ts'
import { rebuildStream } from './rebuild-stream.ts'
import { verifyStream } from './verify-stream.ts'

const code = createCode({ k: 3, m: 2 })
const unitBytes = 4096
const object = sampleBytes(500_000)
const options = { unitBytes, sizeBytes: object.length }
const padded = await encodeWhole(code, object, unitBytes)
const stored = padded.map((chunk, index) => chunk.subarray(0, storedChunkBytes({ k: 3, ...options }, index)))

test('rebuildStream: every pair of chunks from the other three, without their padding', async () => {
  for (const to of choices(5, 2)) {
    const sources = sourcesOf(
      stored.map((chunk, index) => (to.includes(index) ? undefined : chunk)),
      [50_000, 3],
    )
    const parts: Uint8Array[][] = [[], []]
    for await (const pieces of rebuildStream(code, sources, { to, ...options })) {
      for (const [at, piece] of pieces.entries()) parts[at]!.push(piece.slice())
    }
    for (const [at, index] of to.entries())
      assert.ok(Buffer.concat(parts[at]!).equals(stored[index]!), `${index} of ${to}`)
  }
})

test('rebuildStream: with the padded size it reads and gives padding', async () => {
  const sources = sourcesOf([undefined, ...padded.slice(1)])
  let bytes = 0
  for await (const [piece] of rebuildStream(code, sources, { to: [0], unitBytes, sizeBytes: padded[0]!.length * 3 })) {
    assert.equal(Buffer.compare(piece!, padded[0]!.subarray(bytes, bytes + piece!.length)), 0)
    bytes += piece!.length
  }
  assert.equal(bytes, padded[0]!.length)
})

test('rebuildStream: refuses too few chunks and short ones', async () => {
  const drain = async (chunks: (Uint8Array | undefined)[]) => {
    for await (const _ of rebuildStream(code, sourcesOf(chunks), { to: [4], ...options }));
  }
  await assert.rejects(drain(stored.slice(0, 2)), { code: 'tooFewChunks' })
  await assert.rejects(drain([stored[0], stored[1], stored[2]!.subarray(1)]), {
    code: 'shortChunk',
    message: /chunk 2/,
  })
})

test('verifyStream: agreeing chunks have no mismatch, with and without padding, all or some of them', async () => {
  for (const chunks of [padded, stored]) {
    assert.deepEqual(await verifyStream(code, sourcesOf(chunks), options), [])
    assert.deepEqual(await verifyStream(code, sourcesOf([undefined, ...chunks.slice(1)]), options), [])
    assert.deepEqual(await verifyStream(code, sourcesOf(chunks.slice(0, 3)), options), [])
  }
})

test('verifyStream: names the spare chunks that differ and the first byte where they do', async () => {
  const damaged = padded.map((chunk) => Buffer.from(chunk))
  damaged[4]![70_000]! ^= 1
  damaged[4]![140_000]! ^= 1
  assert.deepEqual(await verifyStream(code, sourcesOf(damaged), options), [{ index: 4, offset: 70_000 }])
  damaged[1]![69_999]! ^= 1
  assert.deepEqual(await verifyStream(code, sourcesOf(damaged).reverse(), options), [
    { index: 3, offset: 69_999 },
    { index: 4, offset: 69_999 },
  ])
})
