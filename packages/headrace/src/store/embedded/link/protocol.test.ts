import assert from 'node:assert/strict'
import { test } from 'node:test'
import { S3Error } from '@headrace/s3'
import { StaleReferenceError } from '../keeper/plan.ts'
import { encodeFrame, FrameDecoder, type ToGateway, type ToKeeper } from './protocol.ts'
import { decodeRefusal, encodeRefusal } from './refusal.ts'

const messages: ToKeeper[] = [
  { type: 'hello', session: 0, processId: 7, worker: 1 },
  {
    type: 'submit',
    id: 1,
    mutation: { name: 'abortUpload', input: { bucket: { name: 'b', id: 1 }, key: 'ключ', uploadId: 'u' } },
    resent: false,
  },
  { type: 'reads', oldestSeq: 2 ** 40, load: { requestsPerS: 1.5, p99Ms: 2, p90Ms: 1 } },
  { type: 'trouble', device: 3, code: 'EIO' },
  { type: 'answer', id: 3, value: [{ a: undefined, b: null, c: Buffer.from('bytes') }] },
]

test('frames: come back as they went, wherever the stream is cut', () => {
  const stream = Buffer.concat(messages.flatMap(encodeFrame))
  for (let pieceBytes = 1; pieceBytes <= stream.length; pieceBytes += 1) {
    const decoder = new FrameDecoder<ToKeeper>()
    const decoded: ToKeeper[] = []
    for (let at = 0; at < stream.length; at += pieceBytes) {
      decoded.push(...decoder.push(stream.subarray(at, at + pieceBytes)))
    }
    assert.deepEqual(decoded, messages, `pieces of ${pieceBytes} bytes`)
  }
})

test('frames: a length that no message has is refused before anything of it is kept', () => {
  const decoder = new FrameDecoder<ToGateway>()
  assert.throws(() => decoder.push(Buffer.from([0xff, 0xff, 0xff, 0xff])), /too long/)
})

test('refusal: an expected failure crosses over with code, message and details', () => {
  const error = new S3Error('NoSuchKey', { message: 'why', details: { Key: 'k' } })
  const refusal = encodeRefusal(error)
  assert.ok(refusal)
  const crossed = decodeRefusal(refusal)
  assert.ok(crossed instanceof S3Error)
  assert.deepEqual([crossed.code, crossed.message, crossed.details], ['NoSuchKey', 'why', { Key: 'k' }])
})

test('refusal: a stale reference stays one, a code of another version is InternalError', () => {
  const stale = encodeRefusal(new StaleReferenceError())
  assert.ok(stale)
  assert.ok(decodeRefusal(stale) instanceof StaleReferenceError)
  const unknown = decodeRefusal({ kind: 's3', code: 'FromTheFuture', message: 'm', details: {} })
  assert.ok(unknown instanceof S3Error && unknown.code === 'InternalError')
})

test('refusal: trouble of the keeper itself is no answer', () => {
  assert.equal(encodeRefusal(new Error('EIO')), undefined)
})
