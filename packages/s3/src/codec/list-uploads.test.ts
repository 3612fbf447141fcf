import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bare, wireRequest } from '../../test/wire-request.ts'
import { listMultipartUploads } from './list-uploads.ts'

const owner = { id: 'o', displayName: 'me' }
const upload = { key: 'a b', uploadId: 'u', initiatedMs: 0, storageClass: 'STANDARD' }
const checksum = { algorithm: 'CRC32', type: 'COMPOSITE' } as const

test('listMultipartUploads.decode: an upload id counts only with a key', () => {
  const decode = (query: string) => listMultipartUploads.decode(wireRequest({ query }))
  assert.deepEqual(decode('uploads'), {
    bucket: 'photos',
    expectedBucketOwner: undefined,
    prefix: '',
    delimiter: '',
    keyMarker: '',
    maxUploads: 1000,
    uploadIdMarker: undefined,
  })
  const input = decode('prefix=p&delimiter=/&key-marker=k&upload-id-marker=u&max-uploads=2000')
  assert.deepEqual(
    [input.prefix, input.delimiter, input.keyMarker, input.uploadIdMarker, input.maxUploads],
    ['p', '/', 'k', 'u', 1000],
  )
  assert.equal(decode('upload-id-marker=u').uploadIdMarker, undefined)
  assert.throws(() => decode('max-uploads=x'), { code: 'InvalidArgument' })
})

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
test('listMultipartUploads.encode: the document of AWS', () => {
  const output = {
    owner,
    uploads: [{ ...upload, checksum }],
    commonPrefixes: ['p q/'],
    next: { keyMarker: 'a b', uploadIdMarker: 'u' },
  }
  const request = wireRequest({
    query: 'uploads&prefix=a&delimiter=/&key-marker=&upload-id-marker=x&max-uploads=&encoding-type=url',
  })
  assert.equal(
    bare(listMultipartUploads.encode(output, request).document),
    '<ListMultipartUploadsResult><Bucket>photos</Bucket><KeyMarker></KeyMarker><UploadIdMarker>x</UploadIdMarker><NextKeyMarker>a%20b</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker><Prefix>a</Prefix><Delimiter>/</Delimiter><MaxUploads>1000</MaxUploads><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><Upload><Key>a%20b</Key><UploadId>u</UploadId><Initiator><ID>o</ID><DisplayName>me</DisplayName></Initiator><Owner><ID>o</ID><DisplayName>me</DisplayName></Owner><StorageClass>STANDARD</StorageClass><Initiated>1970-01-01T00:00:00.000Z</Initiated><ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>COMPOSITE</ChecksumType></Upload><CommonPrefixes><Prefix>p%20q/</Prefix></CommonPrefixes></ListMultipartUploadsResult>',
  )
  const none =
    listMultipartUploads.encode({ owner, uploads: [upload], commonPrefixes: [] }, wireRequest()).document ?? ''
  assert.match(none, /<IsTruncated>false<\/IsTruncated><Upload><Key>a b<\/Key>/)
})
