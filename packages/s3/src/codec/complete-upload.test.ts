import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bare, headersOf, type RequestParts, wireRequest } from '../../test/wire-request.ts'
import { completeMultipartUpload } from './complete-upload.ts'

const ofKey = (parts: RequestParts = {}) => wireRequest({ key: 'a', ...parts })
const upload = 'uploadId=u%2F1'
const crc32 = { algorithm: 'CRC32', value: 'NhCmhg==' } as const

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
    code: 'BadDigest',
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
