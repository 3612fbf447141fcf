import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bare, headersOf, wireRequest } from '../../test/wire-request.ts'
import { copyObject } from './copy.ts'

function decode(headers: Record<string, string>, key = 'copy') {
  return copyObject.decode(wireRequest({ key, headers: { 'x-amz-copy-source': '/photos/a%20b', ...headers } }))
}

test('copyObject.decode: content, metadata and tags are those of the source', () => {
  const input = decode({ 'content-type': 'ignored', 'x-amz-meta-a': 'ignored', 'x-amz-tagging': 'ignored=1' })
  assert.deepEqual([input.source.bucket, input.source.key], ['photos', 'a b'])
  assert.equal(input.replace, undefined)
  assert.equal(input.tags, undefined)
  assert.equal(input.storageClass, undefined)
})

test('copyObject.decode: unless they are replaced', () => {
  const input = decode({
    'x-amz-metadata-directive': 'REPLACE',
    'x-amz-tagging-directive': 'REPLACE',
    'content-type': 'text/plain',
    'x-amz-meta-a': '1',
    'x-amz-tagging': 'k=v',
    'x-amz-checksum-algorithm': 'sha256',
    'x-amz-storage-class': 'GLACIER_IR',
    'if-match': '"e"',
    'x-amz-copy-source-if-match': '"s"',
  })
  assert.deepEqual(input.replace, { content: { contentType: 'text/plain' }, metadata: { a: '1' } })
  assert.deepEqual(input.tags, [{ key: 'k', value: 'v' }])
  assert.equal(input.checksumAlgorithm, 'SHA256')
  assert.equal(input.storageClass, 'GLACIER_IR')
  assert.deepEqual(input.conditions?.ifMatch, ['e'])
  assert.deepEqual(input.source.conditions?.ifMatch, ['s'])
  assert.deepEqual(decode({ 'x-amz-tagging-directive': 'REPLACE' }).tags, [])
})

test('copyObject.decode: directives that are none', () => {
  assert.throws(() => decode({ 'x-amz-metadata-directive': 'replace' }), {
    code: 'InvalidArgument',
    message: 'Unknown metadata directive.',
  })
  assert.throws(() => decode({ 'x-amz-tagging-directive': '' }), { message: 'Unknown tagging directive.' })
  assert.throws(() => decode({ 'x-amz-checksum-algorithm': 'MD5' }), { code: 'InvalidRequest' })
  assert.throws(() => decode({ 'x-amz-storage-class': 'GLACIER' }), { code: 'InvalidStorageClass' })
  assert.throws(() => decode({ 'x-amz-copy-source-server-side-encryption-customer-key': 'k' }), {
    code: 'NotImplemented',
  })
})

test('copyObject.decode: a copy to itself that changes nothing', () => {
  assert.throws(() => decode({}, 'a b'), { code: 'InvalidRequest', message: /to itself/ })
  assert.throws(() => decode({ 'x-amz-acl': 'public-read' }, 'a b'), { code: 'InvalidRequest' })
  assert.ok(decode({ 'x-amz-metadata-directive': 'REPLACE' }, 'a b').replace)
  assert.equal(decode({ 'x-amz-storage-class': 'STANDARD' }, 'a b').storageClass, 'STANDARD')
  assert.equal(decode({ 'x-amz-copy-source': 'photos/a%20b?versionId=v' }, 'a b').source.versionId, 'v')
})

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html
test('copyObject.encode: the document of AWS', () => {
  const output = {
    etag: 'abc',
    lastModifiedMs: Date.UTC(2026, 10, 21, 13, 41),
    versionId: 'v',
    sourceVersionId: 's',
    checksum: { algorithm: 'SHA1', type: 'COMPOSITE', value: 'x-2' },
  } as const
  const reply = copyObject.encode(output, wireRequest())
  assert.equal(
    bare(reply.document),
    '<CopyObjectResult><ETag>&quot;abc&quot;</ETag><LastModified>2026-11-21T13:41:00.000Z</LastModified><ChecksumSHA1>x-2</ChecksumSHA1><ChecksumType>COMPOSITE</ChecksumType></CopyObjectResult>',
  )
  assert.deepEqual(headersOf(reply), {
    'content-type': 'application/xml',
    'x-amz-version-id': 'v',
    'x-amz-copy-source-version-id': 's',
  })
  assert.deepEqual(copyObject.encode({ etag: 'e', lastModifiedMs: 0 }, wireRequest()).headers, [
    'content-type',
    'application/xml',
  ])
})
