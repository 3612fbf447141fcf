import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bare, bodyOfSize, headersOf, type RequestParts, wireRequest } from '../../test/wire-request.ts'
import { limits } from '../limits.ts'
import type { ObjectInfo, ObjectReader } from '../operations/objects.ts'
import { deleteObject, getObject, getObjectAttributes, headObject, putObject } from './objects.ts'

const lastModifiedMs = Date.UTC(2026, 10, 21, 13, 41, 0, 999)
const info: ObjectInfo = {
  sizeBytes: 10,
  etag: 'abc',
  lastModifiedMs,
  content: {},
  metadata: {},
  storageClass: 'STANDARD',
  tagCount: 0,
}
const checksum = { algorithm: 'CRC32', type: 'FULL_OBJECT', value: 'NhCmhg==' } as const

function reader(changes: Partial<ObjectInfo> = {}, selection?: ObjectReader['selection']): ObjectReader {
  return {
    info: { ...info, ...changes },
    ...(selection && { selection }),
    readInto: async () => {},
    close: async () => {},
  }
}

const ofKey = (parts: RequestParts = {}) => wireRequest({ key: 'a', ...parts })

test('getObject.decode: what a plain request asks for', () => {
  assert.deepEqual(getObject.decode(ofKey()), {
    bucket: 'photos',
    expectedBucketOwner: undefined,
    key: 'a',
    versionId: undefined,
    range: undefined,
    partNumber: undefined,
    conditions: undefined,
  })
})

test('getObject.decode: range, part, version, owner, conditions', () => {
  const headers = { range: 'bytes=1-', 'if-match': '"e"', 'x-amz-expected-bucket-owner': 'me' }
  const input = getObject.decode(ofKey({ query: 'versionId=v%201', headers }))
  assert.deepEqual(input.range, { first: 1 })
  assert.deepEqual(input.conditions?.ifMatch, ['e'])
  assert.deepEqual([input.versionId, input.expectedBucketOwner], ['v 1', 'me'])
  assert.equal(getObject.decode(ofKey({ query: 'partNumber=3' })).partNumber, 3)
  const ignored = getObject.decode(ofKey({ query: 'partNumber=3', headers: { range: 'bytes=9-1' } }))
  assert.deepEqual([ignored.partNumber, ignored.range], [3, undefined])
})

test('getObject.decode: what cannot be', () => {
  const range = { range: 'bytes=0-1' }
  assert.throws(() => getObject.decode(ofKey({ query: 'partNumber=1', headers: range })), { code: 'InvalidRequest' })
  for (const part of ['', '0', '10001', '-1', '1.0', '0x1', '1e3', ' 1']) {
    assert.throws(() => getObject.decode(ofKey({ query: `partNumber=${part}` })), { code: 'InvalidArgument' }, part)
  }
  assert.throws(() => getObject.decode(ofKey({ query: 'versionId=' })), { code: 'InvalidArgument' })
  assert.throws(() => getObject.decode(ofKey({ bucket: 'PHOTOS' })), { code: 'InvalidBucketName' })
  assert.throws(() => getObject.decode(ofKey({ key: 'a'.repeat(1025) })), { code: 'KeyTooLongError' })
  assert.throws(() => getObject.decode(ofKey({ key: '\0' })), { code: 'InvalidArgument' })
})

test('getObject.encode: a whole object', () => {
  const reply = getObject.encode(reader(), ofKey())
  assert.equal(reply.status, 200)
  assert.equal(reply.document, undefined)
  assert.deepEqual(headersOf(reply), {
    etag: '"abc"',
    'last-modified': 'Sat, 21 Nov 2026 13:41:00 GMT',
    'accept-ranges': 'bytes',
    'content-length': '10',
    'content-type': 'binary/octet-stream',
  })
})

test('getObject.encode: everything that an object can have', () => {
  const content = {
    contentType: 'text/plain',
    contentEncoding: 'gzip',
    contentDisposition: 'inline',
    contentLanguage: 'en',
    cacheControl: 'no-cache',
    expires: '0',
    websiteRedirectLocation: '/b',
  }
  const metadata = Object.fromEntries([
    ['color', 'Ã©'],
    ['__proto__', 'p'],
    ['constructor', 'c'],
  ])
  const full = { content, metadata, versionId: 'v', storageClass: 'GLACIER', tagCount: 2, partsCount: 3, checksum }
  const request = ofKey({ query: 'partNumber=1', headers: { 'x-amz-checksum-mode': 'enabled' } })
  const reply = getObject.encode(reader(full, { first: 0, last: 9 }), request)
  assert.equal(reply.status, 206)
  assert.deepEqual(Object.entries(headersOf(reply)), [
    ['etag', '"abc"'],
    ['last-modified', 'Sat, 21 Nov 2026 13:41:00 GMT'],
    ['accept-ranges', 'bytes'],
    ['content-length', '10'],
    ['content-range', 'bytes 0-9/10'],
    ['content-type', 'text/plain'],
    ['content-encoding', 'gzip'],
    ['content-disposition', 'inline'],
    ['content-language', 'en'],
    ['cache-control', 'no-cache'],
    ['expires', '0'],
    ['x-amz-website-redirect-location', '/b'],
    ['x-amz-meta-color', 'Ã©'],
    ['x-amz-meta-__proto__', 'p'],
    ['x-amz-meta-constructor', 'c'],
    ['x-amz-version-id', 'v'],
    ['x-amz-storage-class', 'GLACIER'],
    ['x-amz-tagging-count', '2'],
    ['x-amz-checksum-crc32', 'NhCmhg=='],
    ['x-amz-checksum-type', 'FULL_OBJECT'],
    ['x-amz-mp-parts-count', '3'],
  ])
})

test('getObject.encode: a range, whose bytes the checksum of the whole does not cover', () => {
  const request = ofKey({ headers: { 'x-amz-checksum-mode': 'ENABLED' } })
  const reply = getObject.encode(reader({ checksum }, { first: 2, last: 4 }), request)
  assert.equal(reply.status, 206)
  const headers = headersOf(reply)
  assert.equal(headers['content-length'], '3')
  assert.equal(headers['content-range'], 'bytes 2-4/10')
  assert.ok(!('x-amz-checksum-crc32' in headers))
  assert.ok(!('x-amz-checksum-crc32' in headersOf(getObject.encode(reader({ checksum }), ofKey()))))
})

test('getObject: parameters that change headers of the reply', () => {
  const query =
    'response-content-type=text/html%3B%20charset%3D%C3%BC&response-content-language=esperanto&response-expires=123&response-cache-control=no-cache&response-content-disposition=bla&response-content-encoding=aaa'
  const changed = headersOf(
    getObject.encode(reader({ content: { contentType: 'a/b', expires: '0' } }), ofKey({ query })),
  )
  assert.equal(changed['content-type'], 'text/html; charset=Ã¼')
  assert.equal(changed['content-language'], 'esperanto')
  assert.equal(changed.expires, '123')
  assert.equal(changed['cache-control'], 'no-cache')
  assert.equal(changed['content-disposition'], 'bla')
  assert.equal(changed['content-encoding'], 'aaa')
  // What signatures of version 2 cover is the first.
  const twice = ofKey({ query: 'response-expires=1&response-expires=2' })
  assert.equal(headersOf(getObject.encode(reader(), twice)).expires, '1')
})

test('getObject: no parameter begins a header of its own', () => {
  for (const value of ['a%0d%0aset-cookie:%20x', 'a%0ab', '%00', '%7f']) {
    const request = ofKey({ query: `response-content-type=${value}` })
    assert.throws(() => getObject.decode(request), { code: 'InvalidArgument' })
    assert.throws(() => getObject.encode(reader(), request), { code: 'InvalidArgument' })
  }
  const born = ofKey({ query: 'constructor=x&__proto__=y&toString=z&hasOwnProperty=0' })
  assert.deepEqual(getObject.encode(reader(), born), getObject.encode(reader(), ofKey()))
})

test('getObject.decode: only who signed may choose headers of the reply', () => {
  const request = ofKey({ query: 'response-content-type=text/html', isAnonymous: true })
  assert.throws(() => getObject.decode(request), { code: 'InvalidRequest', message: /anonymous/ })
  getObject.decode(ofKey({ query: 'versionId=1', isAnonymous: true }))
})

test('headObject: as getObject', () => {
  const request = ofKey({ query: 'versionId=1' })
  assert.deepEqual(headObject.decode(request), getObject.decode(request))
  assert.deepEqual(headObject.encode({ info }, request), getObject.encode(reader(), request))
})

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
    'x-amz-storage-class': 'STANDARD',
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
  assert.throws(() => put({ 'x-amz-acl': 'public-read' }), { code: 'AccessControlListNotSupported' })
  assert.throws(() => put({ 'x-amz-grant-read': 'id=x' }), { code: 'AccessControlListNotSupported' })
  assert.throws(() => put({ 'x-amz-storage-class': 'GLACIER' }), {
    code: 'InvalidStorageClass',
    details: { StorageClassRequested: 'GLACIER' },
  })
  assert.throws(() => put({ 'x-amz-object-ownership': 'ObjectWriter' }), { code: 'NotImplemented' })
  put({ 'x-amz-object-ownership': 'BucketOwnerEnforced', 'x-amz-acl': 'private' })
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

test('deleteObject: version and condition', () => {
  const input = deleteObject.decode(ofKey({ query: 'versionId=v', headers: { 'if-match': '*' } }))
  assert.deepEqual([input.versionId, input.ifMatch], ['v', '*'])
  assert.deepEqual(deleteObject.encode({}, ofKey()), { status: 204, headers: [] })
  assert.deepEqual(deleteObject.encode({ versionId: 'v', deleteMarker: true }, ofKey()).headers, [
    'x-amz-version-id',
    'v',
    'x-amz-delete-marker',
    'true',
  ])
  for (const header of ['x-amz-if-match-size', 'x-amz-if-match-last-modified-time']) {
    assert.throws(() => deleteObject.decode(ofKey({ headers: { [header]: '1' } })), { code: 'NotImplemented' })
  }
})

test('getObjectAttributes.decode: what is wanted, and which parts', () => {
  const attributes = (headers: Record<string, string>) => getObjectAttributes.decode(ofKey({ headers }))
  const all = 'ETag,Checksum, ObjectParts ,StorageClass,ObjectSize'
  const input = attributes({ 'x-amz-object-attributes': all, 'x-amz-max-parts': '5', 'x-amz-part-number-marker': '2' })
  assert.deepEqual(input.attributes, ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'])
  assert.deepEqual([input.maxParts, input.partNumberMarker], [5, 2])
  const few = attributes({ 'x-amz-object-attributes': 'ETag', 'x-amz-max-parts': '5000' })
  assert.deepEqual([few.maxParts, few.partNumberMarker], [1000, 0])
  for (const header of [undefined, '', 'etag', 'ETag,Owner', 'constructor']) {
    assert.throws(() => attributes(header === undefined ? {} : { 'x-amz-object-attributes': header }), {
      code: 'InvalidArgument',
    })
  }
  assert.throws(() => attributes({ 'x-amz-object-attributes': 'ETag', 'x-amz-max-parts': 'x' }), {
    code: 'InvalidArgument',
  })
})

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
test('getObjectAttributes.encode: the elements that were wanted', () => {
  const part = { partNumber: 3, sizeBytes: 5, checksum: { algorithm: 'CRC32', value: 'AAAAAA==' } } as const
  const output = {
    info: { ...info, checksum, versionId: 'v' },
    parts: { totalCount: 9, page: [part], isTruncated: true },
  }
  const all = {
    'x-amz-object-attributes': 'ETag,Checksum,ObjectParts,StorageClass,ObjectSize',
    'x-amz-max-parts': '01',
  }
  const reply = getObjectAttributes.encode(output, ofKey({ headers: all }))
  assert.equal(
    bare(reply.document),
    '<GetObjectAttributesResponse><ETag>abc</ETag><Checksum><ChecksumCRC32>NhCmhg==</ChecksumCRC32><ChecksumType>FULL_OBJECT</ChecksumType></Checksum><ObjectParts><PartsCount>9</PartsCount><PartNumberMarker>0</PartNumberMarker><NextPartNumberMarker>3</NextPartNumberMarker><MaxParts>1</MaxParts><IsTruncated>true</IsTruncated><Part><PartNumber>3</PartNumber><Size>5</Size><ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part></ObjectParts><StorageClass>STANDARD</StorageClass><ObjectSize>10</ObjectSize></GetObjectAttributesResponse>',
  )
  assert.equal(headersOf(reply)['last-modified'], 'Sat, 21 Nov 2026 13:41:00 GMT')
  const size = { 'x-amz-object-attributes': 'ObjectSize' }
  assert.equal(
    bare(getObjectAttributes.encode(output, ofKey({ headers: size })).document),
    '<GetObjectAttributesResponse><ObjectSize>10</ObjectSize></GetObjectAttributesResponse>',
  )
  const none = { info, parts: { totalCount: 0, page: [], isTruncated: false } }
  const parts = { 'x-amz-object-attributes': 'ObjectParts,Checksum', 'x-amz-part-number-marker': '7' }
  assert.match(
    getObjectAttributes.encode(none, ofKey({ headers: parts })).document ?? '',
    /<NextPartNumberMarker>7<\/NextPartNumberMarker>/,
  )
})
