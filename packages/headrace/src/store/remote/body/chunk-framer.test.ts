import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AwsChunkedEncoder, ChunkSigner, encodeAwsChunked, signingKey } from '@headrace/s3'
import fc from 'fast-check'
import { ChunkFramer, framedBytes } from './chunk-framer.ts'

const scope = { date: '20261121', region: 'eu-1', service: 's3' }
const newSigner = () => new ChunkSigner(signingKey('secret', scope), '20261121T134100Z', scope, 'f'.repeat(64))

/** A sink that is busy at random, and spoils the memory of a chunk as soon as it is done with it. */
function sinkOf(busy: readonly boolean[]) {
  const chunks: Buffer[] = []
  return {
    bytes: () => Buffer.concat(chunks),
    write(chunk: Uint8Array) {
      chunks.push(Buffer.from(chunk))
      if (busy[chunks.length % busy.length] !== true) return undefined
      return Promise.resolve().then(() => void chunk.fill(0))
    },
  }
}

test('ChunkFramer: frames as the encoder does, in a length that was known, however the body comes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 300 }),
      fc.integer({ min: 1, max: 100 }),
      fc.array(fc.integer({ min: 1, max: 80 }), { minLength: 1 }),
      fc.boolean(),
      fc.boolean(),
      fc.array(fc.boolean(), { minLength: 1 }),
      async (body, chunkBytes, pieces, isSigned, hasTrailer, busy) => {
        const trailers = hasTrailer ? ([['x-amz-checksum-crc32', 'DUoRhQ==']] as const) : undefined
        const sink = sinkOf(busy)
        const encoder = new AwsChunkedEncoder(isSigned ? newSigner() : undefined)
        const framer = new ChunkFramer(sink, encoder, { chunkBytes, sizeBytes: body.length })
        for (let at = 0, n = 0; at < body.length; n += 1) {
          const end = at + (pieces[n % pieces.length] as number)
          await framer.write(body.subarray(at, end))
          at = end
        }
        await framer.finish(trailers)
        const options = { chunkBytes, ...(isSigned && { signer: newSigner() }), ...(trailers && { trailers }) }
        assert.deepEqual(sink.bytes(), encodeAwsChunked(body, options))
        const trailer = hasTrailer ? { name: 'x-amz-checksum-crc32', valueBytes: 8 } : undefined
        assert.equal(sink.bytes().length, framedBytes({ sizeBytes: body.length, chunkBytes, isSigned, trailer }))
      },
    ),
    { numRuns: 200, interruptAfterTimeLimit: 5_000 },
  )
})

test('ChunkFramer: the last bytes go when the body was found to be good, and not before', async () => {
  for (const sizeBytes of [8, 7, 4, 1]) {
    const sink = sinkOf([false])
    const framer = new ChunkFramer(sink, new AwsChunkedEncoder(), { chunkBytes: 4, sizeBytes })
    await framer.write(Buffer.alloc(sizeBytes, 'x'))
    const content = () => sink.bytes().toString().replaceAll(/[^x]/g, '').length
    assert.ok(content() < sizeBytes, `${sizeBytes} bytes`)
    await framer.finish()
    assert.equal(content(), sizeBytes)
  }
})

test('ChunkFramer: a body of another length than announced never gets its end', async () => {
  const sink = sinkOf([false])
  const framer = new ChunkFramer(sink, new AwsChunkedEncoder(), { chunkBytes: 4, sizeBytes: 6 })
  framer.write(Buffer.from('12345'))
  assert.throws(() => framer.write(Buffer.from('67')), { code: 'IncompleteBody' })
  const short = new ChunkFramer(sinkOf([false]), new AwsChunkedEncoder(), { chunkBytes: 4, sizeBytes: 6 })
  short.write(Buffer.from('12345'))
  await assert.rejects(short.finish(), { code: 'IncompleteBody' })
  assert.equal(sink.bytes().toString(), '4\r\n1234\r\n')
})
