import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bare, type RequestParts, wireRequest } from '../../test/wire-request.ts'
import { listParts } from './list-parts.ts'

const ofKey = (parts: RequestParts = {}) => wireRequest({ key: 'a', ...parts })
const upload = 'uploadId=u%2F1'
const crc32 = { algorithm: 'CRC32', value: 'NhCmhg==' } as const

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
