import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChunkSigner } from '../sigv4/chunk-signer.ts'
import { HmacSha256 } from '../sigv4/hmac.ts'
import { AwsChunkedEncoder, encodeAwsChunked } from './aws-chunked-encoder.ts'

test('encodeAwsChunked: without signatures', () => {
  const body = Buffer.from('hello world')
  assert.equal(encodeAwsChunked(body, { chunkBytes: 16 }).toString(), 'b\r\nhello world\r\n0\r\n\r\n')
  assert.equal(encodeAwsChunked(body, { chunkBytes: 6 }).toString(), '6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n')
  assert.equal(encodeAwsChunked(new Uint8Array(0), { chunkBytes: 6 }).toString(), '0\r\n\r\n')
})

test('encodeAwsChunked: trailers, and none of them', () => {
  const trailers = [
    ['a', '1'],
    ['b', '2'],
  ] as const
  assert.equal(
    encodeAwsChunked(Buffer.from('x'), { chunkBytes: 1, trailers }).toString(),
    '1\r\nx\r\n0\r\na:1\r\nb:2\r\n\r\n',
  )
  assert.equal(encodeAwsChunked(Buffer.from('x'), { chunkBytes: 1, trailers: [] }).toString(), '1\r\nx\r\n0\r\n\r\n')
})

test('AwsChunkedEncoder: each signature follows from the one before', () => {
  const key = new HmacSha256('key')
  const scope = { date: 'd', region: 'r', service: 's3' }
  const encoder = new AwsChunkedEncoder(new ChunkSigner(key, 't', scope, 'seed'))
  const chunk = Buffer.from('same')
  const [first, second] = [encoder.chunkHeader(chunk), encoder.chunkHeader(chunk)]
  assert.match(first, /^4;chunk-signature=[0-9a-f]{64}\r\n$/)
  assert.notEqual(first, second)
  assert.match(
    encoder.end([['a', '1']]),
    /^0;chunk-signature=[0-9a-f]{64}\r\na:1\r\nx-amz-trailer-signature:[0-9a-f]{64}\r\n\r\n$/,
  )
})
