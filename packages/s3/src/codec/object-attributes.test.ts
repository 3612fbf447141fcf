import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bare, headersOf, plainObject as info, type RequestParts, wireRequest } from '../../test/wire-request.ts'
import { getObjectAttributes } from './object-attributes.ts'

const checksum = { algorithm: 'CRC32', type: 'FULL_OBJECT', value: 'NhCmhg==' } as const

const ofKey = (parts: RequestParts = {}) => wireRequest({ key: 'a', ...parts })

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

test('getObjectAttributes.decode: nobody is to believe that the object was encrypted', () => {
  const headers = { 'x-amz-object-attributes': 'ETag', 'x-amz-server-side-encryption-customer-algorithm': 'AES256' }
  assert.throws(() => getObjectAttributes.decode(ofKey({ headers })), { code: 'NotImplemented' })
})
