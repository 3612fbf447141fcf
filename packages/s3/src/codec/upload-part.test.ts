import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bare, bodyOfSize, headersOf, type RequestParts, wireRequest } from '../../test/wire-request.ts'
import { limits } from '../limits.ts'
import { uploadPart, uploadPartCopy } from './upload-part.ts'

const ofKey = (parts: RequestParts = {}) => wireRequest({ key: 'a', ...parts })
const upload = 'uploadId=u%2F1'
const crc32 = { algorithm: 'CRC32', value: 'NhCmhg==' } as const

test('uploadPart.decode: number, upload and body', () => {
  const body = bodyOfSize(5)
  const input = uploadPart.decode(ofKey({ query: `${upload}&partNumber=10000`, body }))
  assert.deepEqual([input.uploadId, input.partNumber, input.body], ['u/1', 10_000, body])
  for (const part of ['', '0', '10001', '-1', '1.5', '0x1', '1e3', '+1', '%201', '99999999999999999999']) {
    assert.throws(
      () => uploadPart.decode(ofKey({ query: `${upload}&partNumber=${part}`, body })),
      { code: 'InvalidArgument' },
      part,
    )
  }
  const query = `${upload}&partNumber=1`
  assert.throws(() => uploadPart.decode(ofKey({ query })), { code: 'MissingRequestBodyError' })
  assert.throws(() => uploadPart.decode(ofKey({ query, body: bodyOfSize(limits.putBytesMax + 1) })), {
    code: 'EntityTooLarge',
  })
  const encrypted = { 'x-amz-server-side-encryption-customer-key': 'k' }
  assert.throws(() => uploadPart.decode(ofKey({ query, body, headers: encrypted })), { code: 'NotImplemented' })
})

test('uploadPart.encode: a part has a checksum, but no type of one', () => {
  const reply = uploadPart.encode({ etag: 'abc', checksum: crc32 }, ofKey())
  assert.deepEqual(headersOf(reply), { etag: '"abc"', 'content-length': '0', 'x-amz-checksum-crc32': 'NhCmhg==' })
  assert.deepEqual(headersOf(uploadPart.encode({ etag: 'abc' }, ofKey())), { etag: '"abc"', 'content-length': '0' })
})

test('uploadPartCopy: source and range', () => {
  const headers = { 'x-amz-copy-source': 'photos/b', 'x-amz-copy-source-range': 'bytes=0-9' }
  const input = uploadPartCopy.decode(ofKey({ query: `${upload}&partNumber=2`, headers }))
  assert.deepEqual([input.partNumber, input.source.key, input.range], [2, 'b', { first: 0, last: 9 }])
  const improper = { ...headers, 'x-amz-copy-source-range': 'bytes=0-' }
  assert.throws(() => uploadPartCopy.decode(ofKey({ query: `${upload}&partNumber=2`, headers: improper })), {
    code: 'InvalidArgument',
  })
  const reply = uploadPartCopy.encode(
    { etag: 'abc', lastModifiedMs: 0, sourceVersionId: 's', checksum: crc32 },
    ofKey(),
  )
  assert.equal(
    bare(reply.document),
    '<CopyPartResult><ETag>&quot;abc&quot;</ETag><LastModified>1970-01-01T00:00:00.000Z</LastModified><ChecksumCRC32>NhCmhg==</ChecksumCRC32></CopyPartResult>',
  )
  assert.equal(headersOf(reply)['x-amz-copy-source-version-id'], 's')
  assert.deepEqual(uploadPartCopy.encode({ etag: 'e', lastModifiedMs: 0 }, ofKey()).headers, [
    'content-type',
    'application/xml',
  ])
})
