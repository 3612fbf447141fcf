import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bare, bodyOfSize, headersOf, type RequestParts, wireRequest } from '../../test/wire-request.ts'
import { limits } from '../limits.ts'
import {
  abortMultipartUpload,
  completeMultipartUpload,
  createMultipartUpload,
  listParts,
  uploadPart,
  uploadPartCopy,
} from './multipart.ts'

const ofKey = (parts: RequestParts = {}) => wireRequest({ key: 'a', ...parts })
const upload = 'uploadId=u%2F1'
const crc32 = { algorithm: 'CRC32', value: 'NhCmhg==' } as const

test('createMultipartUpload.decode: what the object will have', () => {
  const headers = { 'content-type': 'text/plain', 'x-amz-meta-a': '1', 'x-amz-tagging': 'k=v' }
  const input = createMultipartUpload.decode(ofKey({ headers }))
  assert.deepEqual(
    [input.content, { ...input.metadata }, input.tags],
    [{ contentType: 'text/plain' }, { a: '1' }, [{ key: 'k', value: 'v' }]],
  )
  assert.equal(input.checksum, undefined)
  assert.throws(() => createMultipartUpload.decode(ofKey({ headers: { 'x-amz-object-lock-mode': 'x' } })), {
    code: 'NotImplemented',
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

function complete(document: string, headers: Record<string, string> = {}) {
  return completeMultipartUpload.decode(ofKey({ query: upload, document, headers }))
}
const list = (parts: string) =>
  `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts}</CompleteMultipartUpload>`
const part = (number: string | number, more = '<ETag>"e"</ETag>') =>
  `<Part><PartNumber>${number}</PartNumber>${more}</Part>`

test('completeMultipartUpload.decode: parts as they come, ETags with and without quotes', () => {
  const checksum = '<ChecksumCRC32> NhCmhg== </ChecksumCRC32>'
  const { parts } = complete(
    list(part(1) + part(3, `<ETag>&quot;f&quot;</ETag>${checksum}`) + part(2, '<ETag> g </ETag>')),
  )
  assert.deepEqual(parts, [
    { partNumber: 1, etag: 'e', checksum: undefined },
    { partNumber: 3, etag: 'f', checksum: crc32 },
    { partNumber: 2, etag: 'g', checksum: undefined },
  ])
})

test('completeMultipartUpload.decode: what is expected of the whole', () => {
  const input = complete(list(part(1)), {
    'x-amz-checksum-crc32': 'NhCmhg==-2',
    'x-amz-checksum-type': 'COMPOSITE',
    'x-amz-mp-object-size': '10',
    'if-none-match': '*',
  })
  assert.deepEqual(input.expected, {
    checksum: { algorithm: 'CRC32', value: 'NhCmhg==-2' },
    checksumType: 'COMPOSITE',
    sizeBytes: 10,
  })
  assert.equal(input.conditions?.ifNoneMatch, '*')
  assert.deepEqual(complete(list(part(1))).expected, {
    checksum: undefined,
    checksumType: undefined,
    sizeBytes: undefined,
  })
  assert.throws(() => complete(list(part(1)), { 'x-amz-mp-object-size': '1e3' }), { code: 'InvalidRequest' })
})

test('completeMultipartUpload.decode: lists that are none', () => {
  const bad = [
    '',
    '<Other/>',
    list(''),
    list(part('x')),
    list(part(0)),
    list(part(10_001)),
    list(part('1e1')),
    list(part(1, '')),
  ]
  for (const document of [...bad, list('<Part><ETag>e</ETag></Part>'), '<CompleteMultipartUpload>']) {
    assert.throws(() => complete(document), { code: 'MalformedXML' }, document)
  }
  assert.throws(() => complete(list(part(1, '<ETag>e</ETag><ChecksumSHA1>AA==</ChecksumSHA1>'))), {
    code: 'InvalidRequest',
  })
})

test('completeMultipartUpload.decode: ten thousand parts with checksums, and no more', () => {
  const parts = (count: number) =>
    list(
      Array.from({ length: count }, (_, index) =>
        part(index + 1, `<ETag>${'e'.repeat(32)}</ETag><ChecksumSHA256>${'A'.repeat(43)}=</ChecksumSHA256>`),
      ).join(''),
    )
  assert.equal(complete(parts(10_000)).parts.length, 10_000)
  assert.throws(() => complete(parts(10_001)), { code: 'MalformedXML' })
})

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
test('completeMultipartUpload.encode: the document of AWS, with the place of the object', () => {
  const output = { etag: 'abc-2', versionId: 'v', checksum: { ...crc32, type: 'FULL_OBJECT' } } as const
  const reply = completeMultipartUpload.encode(output, ofKey({ key: 'a b/ü' }))
  assert.equal(
    bare(reply.document),
    '<CompleteMultipartUploadResult><Location>http://s3.example.com/photos/a%20b/%C3%BC</Location><Bucket>photos</Bucket><Key>a b/ü</Key><ETag>&quot;abc-2&quot;</ETag><ChecksumCRC32>NhCmhg==</ChecksumCRC32><ChecksumType>FULL_OBJECT</ChecksumType></CompleteMultipartUploadResult>',
  )
  assert.equal(headersOf(reply)['x-amz-version-id'], 'v')
  const hosted = completeMultipartUpload.encode({ etag: 'abc' }, ofKey({ isHosted: true })).document ?? ''
  assert.match(hosted, /<Location>http:\/\/s3.example.com\/a<\/Location>/)
})

test('abortMultipartUpload: the upload', () => {
  const input = abortMultipartUpload.decode(ofKey({ query: upload }))
  assert.deepEqual(input, { bucket: 'photos', key: 'a', expectedBucketOwner: undefined, uploadId: 'u/1' })
  assert.deepEqual(abortMultipartUpload.encode(undefined, ofKey()), { status: 204, headers: [] })
})

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
test('listParts: a page of parts', () => {
  const query = `${upload}&max-parts=5000&part-number-marker=7`
  const input = listParts.decode(ofKey({ query }))
  assert.deepEqual([input.uploadId, input.maxParts, input.partNumberMarker], ['u/1', 1000, 7])
  assert.throws(() => listParts.decode(ofKey({ query: `${upload}&max-parts=-1` })), { code: 'InvalidArgument' })
  const parts = [{ partNumber: 8, sizeBytes: 5, etag: 'abc', lastModifiedMs: 0, checksum: crc32 }]
  const output = { owner: { id: 'o', displayName: 'me' }, storageClass: 'STANDARD', parts, isTruncated: true }
  assert.equal(
    bare(
      listParts.encode({ ...output, checksum: { algorithm: 'CRC32', type: 'COMPOSITE' } }, ofKey({ query })).document,
    ),
    '<ListPartsResult><Bucket>photos</Bucket><Key>a</Key><UploadId>u/1</UploadId><Initiator><ID>o</ID><DisplayName>me</DisplayName></Initiator><Owner><ID>o</ID><DisplayName>me</DisplayName></Owner><StorageClass>STANDARD</StorageClass><PartNumberMarker>7</PartNumberMarker><NextPartNumberMarker>8</NextPartNumberMarker><MaxParts>1000</MaxParts><IsTruncated>true</IsTruncated><ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>COMPOSITE</ChecksumType><Part><PartNumber>8</PartNumber><LastModified>1970-01-01T00:00:00.000Z</LastModified><ETag>&quot;abc&quot;</ETag><Size>5</Size><ChecksumCRC32>NhCmhg==</ChecksumCRC32></Part></ListPartsResult>',
  )
  const none = listParts.encode({ ...output, parts: [], isTruncated: false }, ofKey({ query: upload })).document ?? ''
  assert.match(
    none,
    /<PartNumberMarker>0<\/PartNumberMarker><NextPartNumberMarker>0<\/NextPartNumberMarker><MaxParts>1000</,
  )
})
