import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bodyOfSize, headersOf, type RequestParts, wireRequest } from '../../test/wire-request.ts'
import { limits } from '../limits.ts'
import { storageClasses } from '../operations/storage-class.ts'
import { putObject } from './put-object.ts'

const checksum = { algorithm: 'CRC32', type: 'FULL_OBJECT', value: 'NhCmhg==' } as const

const ofKey = (parts: RequestParts = {}) => wireRequest({ key: 'a', ...parts })

test('putObject.decode: content headers, metadata, tags, conditions', () => {
  const body = bodyOfSize(5)
  const headers = {
    'content-type': 'text/plain',
    'content-encoding': 'gzip',
    'cache-control': '',
    'x-amz-website-redirect-location': '/b',
    'x-amz-meta-color': 'Ã©',
    'x-amz-meta-__proto__': 'p',
    'x-amz-tagging': 'a=1&b=%C3%A9+x&c',
    'if-none-match': '*',
    'x-amz-acl': 'bucket-owner-full-control',
    'x-amz-storage-class': 'STANDARD_IA',
  }
  const input = putObject.decode(ofKey({ headers, body }))
  assert.equal(input.body, body)
  assert.deepEqual(input.content, { contentType: 'text/plain', contentEncoding: 'gzip', websiteRedirectLocation: '/b' })
  assert.deepEqual(Object.entries(input.metadata), [
    ['color', 'Ã©'],
    ['__proto__', 'p'],
  ])
  assert.deepEqual(input.tags, [
    { key: 'a', value: '1' },
    { key: 'b', value: 'é x' },
    { key: 'c', value: '' },
  ])
  assert.deepEqual(input.conditions, { ifMatch: undefined, ifNoneMatch: '*' })
  assert.equal(input.storageClass, 'STANDARD_IA')
})

test('putObject.decode: the coding of the transfer is not kept, others are', () => {
  const kept = (encoding: string, hash = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') => {
    const headers = { 'content-encoding': encoding, 'x-amz-content-sha256': hash }
    return putObject.decode(ofKey({ headers, body: bodyOfSize(1) })).content.contentEncoding
  }
  assert.equal(kept('gzip'), 'gzip')
  assert.equal(kept('deflate, gzip'), 'deflate, gzip')
  assert.equal(kept('gzip, aws-chunked'), 'gzip')
  assert.equal(kept('AWS-Chunked,gzip,br'), 'gzip, br')
  assert.equal(kept('aws-chunked'), undefined)
  assert.equal(kept('aws-chunked, aws-chunked', 'ab'.repeat(32)), undefined)
  assert.equal(kept('gzip', 'UNSIGNED-PAYLOAD'), 'gzip')
  assert.throws(() => kept('gzip, aws-chunked', 'UNSIGNED-PAYLOAD'), { code: 'InvalidArgument' })
})

test('putObject.decode: what would have no effect is refused', () => {
  const put = (headers: Record<string, string>) => putObject.decode(ofKey({ headers, body: bodyOfSize(1) }))
  for (const name of [
    'x-amz-server-side-encryption',
    'x-amz-server-side-encryption-customer-algorithm',
    'x-amz-object-lock-mode',
    'x-amz-write-offset-bytes',
  ]) {
    assert.throws(() => put({ [name]: 'x' }), { code: 'NotImplemented', details: { Header: name } }, name)
  }
  put({ 'x-amz-bucket-object-lock-enabled': 'False' })
  assert.equal(put({ 'x-amz-acl': 'public-read' }).acl, 'public-read')
  assert.throws(() => put({ 'x-amz-acl': 'aws-exec-read' }), { code: 'AccessControlListNotSupported' })
  assert.throws(() => put({ 'x-amz-grant-read': 'id=x' }), { code: 'AccessControlListNotSupported' })
  assert.throws(() => put({ 'x-amz-object-ownership': 'ObjectWriter' }), { code: 'NotImplemented' })
  put({ 'x-amz-object-ownership': 'BucketOwnerEnforced', 'x-amz-acl': 'private' })
})

test('putObject.decode: storage classes, and those that objects cannot be written in', () => {
  const put = (storageClass: string) =>
    putObject.decode(ofKey({ headers: { 'x-amz-storage-class': storageClass }, body: bodyOfSize(1) })).storageClass
  const archives = ['GLACIER', 'DEEP_ARCHIVE']
  const others = ['STANDARD', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR', 'REDUCED_REDUNDANCY']
  assert.deepEqual(new Set([...archives, ...others]), new Set(storageClasses))
  for (const storageClass of others) assert.equal(put(storageClass), storageClass)
  for (const storageClass of archives) {
    assert.throws(() => put(storageClass), {
      code: 'InvalidStorageClass',
      message: `${storageClass} needs RestoreObject, which is not implemented.`,
      details: { StorageClassRequested: storageClass },
    })
  }
  for (const storageClass of ['', 'standard_ia', 'COLD', 'EXPRESS_ONEZONE', 'OUTPOSTS']) {
    assert.throws(() => put(storageClass), {
      code: 'InvalidStorageClass',
      message: 'The storage class you specified is not valid.',
      details: { StorageClassRequested: storageClass },
    })
  }
})

test('putObject.decode: limits of body, metadata and tags', () => {
  const put = (headers: Record<string, string>, size: number | undefined = 1) =>
    putObject.decode(ofKey({ headers, body: bodyOfSize(size) }))
  put({}, limits.putBytesMax)
  put({}, undefined)
  assert.throws(() => put({}, limits.putBytesMax + 1), { code: 'EntityTooLarge' })
  assert.throws(() => putObject.decode(ofKey()), { code: 'MissingRequestBodyError' })
  put({ 'x-amz-meta-a': 'v'.repeat(2047) })
  assert.throws(() => put({ 'x-amz-meta-a': 'v'.repeat(2048) }), {
    code: 'MetadataTooLarge',
    details: { Size: '2049', MaxSizeAllowed: '2048' },
  })
  const tags = (count: number) => Array.from({ length: count }, (_, index) => `k${index}=v`).join('&')
  put({ 'x-amz-tagging': tags(10) })
  assert.throws(() => put({ 'x-amz-tagging': tags(11) }), { code: 'BadRequest' })
  assert.throws(() => put({ 'x-amz-tagging': 'a=1&a=2' }), { code: 'InvalidTag' })
})

test('putObject.encode: ETag, checksum, version', () => {
  const output = { etag: 'abc', sizeBytes: 1, versionId: 'v', checksum }
  assert.deepEqual(headersOf(putObject.encode(output, ofKey())), {
    etag: '"abc"',
    'content-length': '0',
    'x-amz-checksum-crc32': 'NhCmhg==',
    'x-amz-checksum-type': 'FULL_OBJECT',
    'x-amz-version-id': 'v',
  })
})
