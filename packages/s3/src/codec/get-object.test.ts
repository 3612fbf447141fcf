import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headersOf, plainObject as info, type RequestParts, wireRequest } from '../../test/wire-request.ts'
import type { ObjectInfo, ObjectReader } from '../operations/objects.ts'
import { getObject, headObject } from './get-object.ts'

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
    ifRange: undefined,
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

test('getObject.decode: nobody is to believe that the object was encrypted', () => {
  const headers = { 'x-amz-server-side-encryption-customer-algorithm': 'AES256' }
  assert.throws(() => getObject.decode(ofKey({ headers })), { code: 'NotImplemented' })
  assert.throws(() => headObject.decode(ofKey({ headers })), { code: 'NotImplemented' })
  const served = { 'x-amz-checksum-mode': 'ENABLED', 'x-amz-request-payer': 'requester', 'x-amz-meta-a': 'b' }
  getObject.decode(ofKey({ headers: served }))
})
