import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bare, headersOf, type RequestParts, wireRequest } from '../../test/wire-request.ts'
import { abortMultipartUpload, createMultipartUpload } from './create-upload.ts'

const ofKey = (parts: RequestParts = {}) => wireRequest({ key: 'a', ...parts })
const upload = 'uploadId=u%2F1'

test('createMultipartUpload.decode: what the object will have', () => {
  const headers = {
    'content-type': 'text/plain',
    'x-amz-meta-a': '1',
    'x-amz-tagging': 'k=v',
    'x-amz-storage-class': 'ONEZONE_IA',
  }
  const input = createMultipartUpload.decode(ofKey({ headers }))
  assert.deepEqual(
    [input.content, { ...input.metadata }, input.tags],
    [{ contentType: 'text/plain' }, { a: '1' }, [{ key: 'k', value: 'v' }]],
  )
  assert.equal(input.storageClass, 'ONEZONE_IA')
  assert.equal(input.checksum, undefined)
  assert.throws(() => createMultipartUpload.decode(ofKey({ headers: { 'x-amz-object-lock-mode': 'x' } })), {
    code: 'NotImplemented',
  })
  assert.throws(() => createMultipartUpload.decode(ofKey({ headers: { 'x-amz-storage-class': 'DEEP_ARCHIVE' } })), {
    code: 'InvalidStorageClass',
  })
})

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
test('createMultipartUpload.decode: which checksums go with which types', () => {
  const checksum = (algorithm: string | undefined, type?: string) => {
    const headers = {
      ...(algorithm !== undefined && { 'x-amz-checksum-algorithm': algorithm }),
      ...(type !== undefined && { 'x-amz-checksum-type': type }),
    }
    return createMultipartUpload.decode(ofKey({ headers })).checksum?.type
  }
  const composite = ['CRC32', 'CRC32C', 'SHA1', 'SHA256']
  for (const algorithm of composite) assert.equal(checksum(algorithm), 'COMPOSITE')
  for (const algorithm of composite) assert.equal(checksum(algorithm.toLowerCase(), 'COMPOSITE'), 'COMPOSITE')
  assert.equal(checksum('CRC64NVME'), 'FULL_OBJECT')
  for (const algorithm of ['CRC32', 'CRC32C', 'CRC64NVME'])
    assert.equal(checksum(algorithm, 'FULL_OBJECT'), 'FULL_OBJECT')
  for (const [algorithm, type] of [
    ['SHA1', 'FULL_OBJECT'],
    ['SHA256', 'FULL_OBJECT'],
    ['CRC64NVME', 'COMPOSITE'],
    ['CRC32', 'full_object'],
    ['MD5', undefined],
    [undefined, 'FULL_OBJECT'],
  ] as const) {
    assert.throws(() => checksum(algorithm, type), { code: 'InvalidRequest' }, `${algorithm} ${type}`)
  }
})

test('createMultipartUpload.encode: the document of AWS', () => {
  const reply = createMultipartUpload.encode(
    { uploadId: 'u&1', checksum: { algorithm: 'CRC32', type: 'COMPOSITE' } },
    ofKey({ key: 'a<b' }),
  )
  assert.equal(
    bare(reply.document),
    '<InitiateMultipartUploadResult><Bucket>photos</Bucket><Key>a&lt;b</Key><UploadId>u&amp;1</UploadId></InitiateMultipartUploadResult>',
  )
  assert.equal(headersOf(reply)['x-amz-checksum-algorithm'], 'CRC32')
  assert.equal(headersOf(reply)['x-amz-checksum-type'], 'COMPOSITE')
  assert.deepEqual(createMultipartUpload.encode({ uploadId: 'u' }, ofKey()).headers, [
    'content-type',
    'application/xml',
  ])
})

test('abortMultipartUpload: the upload', () => {
  const input = abortMultipartUpload.decode(ofKey({ query: upload }))
  assert.deepEqual(input, { bucket: 'photos', key: 'a', expectedBucketOwner: undefined, uploadId: 'u/1' })
  assert.deepEqual(abortMultipartUpload.encode(undefined, ofKey()), { status: 204, headers: [] })
})
