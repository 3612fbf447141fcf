// Replies as they came from Ceph RGW 16 (tools/record-replies.ts), and as AWS documents its own: each server has its way
// of leaving out, encoding and ordering.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type ClientInput, type ClientOutput, clientCodecs, Headers, type OperationName } from '../../src/index.ts'

interface Recorded {
  readonly name: string
  readonly operation: OperationName
  readonly input: never
  readonly status: number
  readonly headers: readonly string[]
  readonly document: string
}

const golden = new URL('../golden/rgw-16.json', import.meta.url)
const rgw = new Map((JSON.parse(readFileSync(golden, 'utf8')) as Recorded[]).map((reply) => [reply.name, reply]))

function decode(name: string): unknown {
  const { operation, input, status, headers, document } = rgw.get(name) as Recorded
  return clientCodecs[operation].decode(
    { status, headers: new Headers(headers), document: Buffer.from(document) },
    input,
  )
}

const small = { sizeBytes: 1, etag: '9dd4e461268c8034f5c8564e155c67a6', storageClass: 'STANDARD' }
const digits = { sizeBytes: 10, etag: '781e5e245d69b566979b86e28d23f2c7', storageClass: 'STANDARD' }
const owner = { id: 'admin', displayName: 'admin' }

/** Without the times of the recording. */
function timeless(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (name, field) => (/Ms$/.test(name) ? undefined : field))
}

test('Ceph RGW: objects', () => {
  const info = {
    ...digits,
    content: { contentType: 'text/plain', cacheControl: 'no-store' },
    metadata: { color: 'blue', 'who-am-i': Buffer.from('Jürgen').toString('latin1') },
    tagCount: 1,
  }
  assert.deepEqual(timeless(decode('put')), { etag: digits.etag })
  assert.deepEqual(timeless(decode('head')), { info })
  assert.deepEqual(decode('get'), decode('head'))
  assert.deepEqual(timeless(decode('get a range')), { info, selection: { first: 2, last: 4 } })
  assert.deepEqual(decode('tags'), { tags: [{ key: 'k & l', value: 'v w' }] })
  for (const name of ['replace tags', 'delete tags', 'delete']) assert.deepEqual(decode(name), {})
  assert.deepEqual(timeless(decode('copy')), { etag: digits.etag })
  assert.deepEqual(decode('object acl'), { owner, acl: 'private' })
  assert.deepEqual(decode('open object acl'), { owner, acl: 'public-read' })
})

test('Ceph RGW: buckets', () => {
  assert.deepEqual(timeless(decode('buckets')), { owner, buckets: [{ name: 'recorded-replies' }] })
  assert.deepEqual(decode('head bucket'), {})
  assert.deepEqual(decode('location'), { location: 'default' })
  assert.deepEqual(decode('bucket acl'), { owner, acl: 'private' })
})

test('Ceph RGW: listings, whose keys are encoded with their slashes and whose prefixes are not', () => {
  const keys = ['\u0001', 'copy', 'dir/a b+ü.txt', 'p/a', 'p/b/1', 'p/b/2', 'p/c']
  const expected = keys.map((key) => ({ key, ...(/copy|dir/.test(key) ? digits : small) }))
  assert.deepEqual(timeless(decode('list')), { objects: expected, commonPrefixes: [] })
  assert.deepEqual(decode('list, version 2'), decode('list'))
  const first = { objects: [{ key: 'p/a', ...small }], commonPrefixes: ['p/b/'], nextStartAfter: 'p/b/' }
  assert.deepEqual(timeless(decode('list a page')), first)
  assert.deepEqual(timeless(decode('list a page, version 2')), { ...first, continuationToken: 'p/b/' })
  assert.deepEqual(timeless(decode('list the next page')), {
    objects: [{ key: 'p/c', ...small }],
    commonPrefixes: [],
  })
  const { versions } = decode('list versions') as ClientOutput<'listObjectVersions'>
  const version = { versionId: 'null', isLatest: true, isDeleteMarker: false }
  assert.deepEqual(
    timeless(versions),
    expected.map((object) => ({ ...object, ...version })),
  )
  const { next } = decode('list a page of versions') as ClientOutput<'listObjectVersions'>
  assert.deepEqual(next, { keyMarker: 'p/b/' })
})

test('Ceph RGW: DeleteObjects, in an order of its own', () => {
  const keys = ['never-was', 'p/a', 'p/b/1']
  assert.deepEqual(decode('delete many'), { deleted: keys.map((key) => ({ key })), errors: [] })
  assert.deepEqual(decode('delete quietly'), { deleted: [], errors: [] })
})

test('Ceph RGW: multipart uploads, whose completion has an empty ETag', () => {
  const { uploadId } = decode('create upload') as ClientOutput<'createMultipartUpload'>
  assert.match(uploadId, /^2~/)
  const { parts, isTruncated } = decode('parts') as ClientOutput<'listParts'>
  assert.deepEqual(
    [parts.map(({ partNumber, sizeBytes }) => [partNumber, sizeBytes]), isTruncated],
    [[[1, 5 * 1024 ** 2]], true],
  )
  const { uploads, next } = decode('uploads') as ClientOutput<'listMultipartUploads'>
  assert.deepEqual([timeless(uploads), next], [[{ key: 'parts', uploadId, storageClass: 'STANDARD' }], undefined])
  const { info } = decode('head of parts') as ClientOutput<'headObject'>
  assert.deepEqual(decode('complete'), { etag: info.etag })
  assert.equal(info.partsCount, 2)
})

test('Ceph RGW: errors keep their code, and the request id of the upstream', () => {
  const expected = {
    'create bucket elsewhere': 'InvalidLocationConstraint',
    'head missing bucket': 'NoSuchBucket',
    'get past the end': 'InvalidRange',
    'get unmodified': 'NotModified',
    'get another': 'PreconditionFailed',
    'get missing': 'NoSuchKey',
    'head missing': 'NoSuchKey',
    'get nowhere': 'NoSuchBucket',
    'copy missing': 'NoSuchKey',
    'complete wrongly': 'InvalidPart',
    'part of missing': 'NoSuchUpload',
    'abort missing': 'NoSuchUpload',
    'delete full bucket': 'BucketNotEmpty',
  }
  for (const [name, code] of Object.entries(expected)) {
    assert.throws(
      () => decode(name),
      (error: { code: string; origin: string; details: Record<string, string> }) => {
        assert.deepEqual([error.code, error.origin], [code, 'upstream'], name)
        assert.match(error.details.UpstreamRequestId ?? '', /^tx0/)
        return true
      },
    )
  }
})

/** A reply written down by hand. */
function answer<N extends OperationName>(
  operation: N,
  input: ClientInput<N>,
  reply: { status?: number; headers?: Record<string, string>; document?: string },
): ClientOutput<N> {
  const { status = 200, headers = {}, document = '' } = reply
  const raw = new Headers(Object.entries(headers).flat())
  return clientCodecs[operation].decode({ status, headers: raw, document: Buffer.from(document) }, input)
}

const page = { bucket: 'b', prefix: '', delimiter: '/', startAfter: '', maxKeys: 2 }
const place = { bucket: 'b', key: 'k', uploadId: 'u' }

test('AWS: a listing writes blanks as plus signs', () => {
  const document = `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix/><KeyCount>2</KeyCount>
<MaxKeys>2</MaxKeys><Delimiter>/</Delimiter><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
<NextContinuationToken>1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=</NextContinuationToken>
<Contents><Key>a+b%2Bc%25.txt</Key><LastModified>2026-11-21T13:41:00.000Z</LastModified><ETag>&quot;9b2cf535f27731c974343645a3985328-3&quot;</ETag>
<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>17000000</Size><StorageClass>GLACIER_IR</StorageClass></Contents>
<CommonPrefixes><Prefix>d+e/</Prefix></CommonPrefixes></ListBucketResult>`
  const { objects, ...rest } = answer('listObjectsV2', page, { document })
  assert.deepEqual(objects, [
    {
      key: 'a b+c%.txt',
      sizeBytes: 17_000_000,
      etag: '9b2cf535f27731c974343645a3985328-3',
      lastModifiedMs: Date.UTC(2026, 10, 21, 13, 41),
      storageClass: 'GLACIER_IR',
      checksum: { algorithm: 'CRC64NVME', type: 'FULL_OBJECT' },
    },
  ])
  assert.deepEqual(rest, {
    commonPrefixes: ['d e/'],
    nextStartAfter: 'd e/',
    continuationToken: '1ueGcxLPRx1Tr/XYExHnhbYLgveDs2J/wm36Hy4vbOwM=',
  })
})

test('AWS: an empty page may have another behind it', () => {
  const document = (name: string, next: string) =>
    `<${name}><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>${next}</${name}>`
  const next = '<NextMarker>x+y</NextMarker>'
  const v1 = answer('listObjects', page, { document: document('ListBucketResult', next) })
  assert.equal(v1.nextStartAfter, 'x y')
  const marks = '<NextKeyMarker>x+y</NextKeyMarker><NextVersionIdMarker>7</NextVersionIdMarker>'
  const versions = answer(
    'listObjectVersions',
    { ...page, keyMarker: '' },
    { document: document('ListVersionsResult', marks) },
  )
  assert.deepEqual(versions.next, { keyMarker: 'x y', versionIdMarker: '7' })
  assert.throws(() => answer('listObjects', page, { document: document('ListBucketResult', '') }), {
    code: 'InternalError',
  })
})

test('AWS: CompleteMultipartUpload is kept alive with blanks, and can fail after its 200', () => {
  const input = { ...place, parts: [{ partNumber: 1, etag: '0'.repeat(32) }] }
  const done = `   \n<?xml version="1.0" encoding="UTF-8"?>
<CompleteMultipartUploadResult><Location>https://b.s3.example.com/k</Location><ETag>"3858f62230ac3c915f300c664312c11f-1"</ETag>
<ChecksumCRC32>DUoRhQ==-1</ChecksumCRC32></CompleteMultipartUploadResult>`
  assert.deepEqual(answer('completeMultipartUpload', input, { document: done }), {
    etag: '3858f62230ac3c915f300c664312c11f-1',
    checksum: { algorithm: 'CRC32', type: 'COMPOSITE', value: 'DUoRhQ==-1' },
  })
  const failed =
    '\n<Error><Code>InternalError</Code><Message>Try again.</Message><RequestId>656c76696e6727</RequestId></Error>'
  assert.throws(() => answer('completeMultipartUpload', input, { document: failed }), {
    code: 'InternalError',
    origin: 'upstream',
    message: 'Try again.',
  })
  const copy = { bucket: 'b', key: 'k', source: { bucket: 'b', key: 'j' } }
  const slow = '<Error><Code>SlowDown</Code></Error>'
  assert.throws(() => answer('copyObject', copy, { document: slow }), { code: 'SlowDown' })
})

test('AWS: attributes of an object', () => {
  const document = `<GetObjectAttributesOutput><ETag>abc-2</ETag><Checksum><ChecksumSHA256>eA==-2</ChecksumSHA256></Checksum>
<ObjectParts><TotalPartsCount>2</TotalPartsCount><PartNumberMarker>0</PartNumberMarker><NextPartNumberMarker>1</NextPartNumberMarker>
<MaxParts>1</MaxParts><IsTruncated>true</IsTruncated><Part><ChecksumSHA256>eQ==</ChecksumSHA256><PartNumber>1</PartNumber><Size>5242880</Size></Part></ObjectParts>
<ObjectSize>6000000</ObjectSize></GetObjectAttributesOutput>`
  const input = { bucket: 'b', key: 'k', attributes: ['ETag'] as const, maxParts: 1, partNumberMarker: 0 }
  const headers = { 'x-amz-version-id': 'v1', 'last-modified': 'Sat, 21 Nov 2026 13:41:00 GMT' }
  assert.deepEqual(answer('getObjectAttributes', input, { headers, document }), {
    etag: 'abc-2',
    checksum: { algorithm: 'SHA256', type: 'COMPOSITE', value: 'eA==-2' },
    sizeBytes: 6_000_000,
    lastModifiedMs: Date.UTC(2026, 10, 21, 13, 41),
    versionId: 'v1',
    parts: {
      totalCount: 2,
      isTruncated: true,
      page: [{ partNumber: 1, sizeBytes: 5_242_880, checksum: { algorithm: 'SHA256', value: 'eQ==' } }],
    },
  })
})

test('a weak ETag is not taken for a strong one', () => {
  const headers = { etag: 'W/"abc"', 'last-modified': 'Sat, 21 Nov 2026 13:41:00 GMT', 'content-length': '5' }
  assert.equal(answer('headObject', { bucket: 'b', key: 'k' }, { headers }).info.etag, 'W/abc')
})

test('ACLs: give nobody more than they say, and nothing to users of the upstream', () => {
  const group = (name: string, permission: string) =>
    `<Grant><Grantee><URI>http://acs.amazonaws.com/groups/global/${name}</URI></Grantee><Permission>${permission}</Permission></Grant>`
  const aclOf = (grants: string) =>
    answer(
      'getBucketAcl',
      { bucket: 'b' },
      {
        document: `<AccessControlPolicy><Owner><ID>1</ID></Owner><AccessControlList>${grants}</AccessControlList></AccessControlPolicy>`,
      },
    )
  assert.deepEqual(aclOf(''), { owner: { id: '1', displayName: '' }, acl: 'private' })
  assert.equal(aclOf(group('AllUsers', 'WRITE')).acl, 'private')
  assert.equal(aclOf(group('AllUsers', 'FULL_CONTROL')).acl, 'public-read-write')
  assert.equal(aclOf(group('AuthenticatedUsers', 'READ') + group('LogDelivery', 'WRITE')).acl, 'authenticated-read')
  const user = '<Grant><Grantee><ID>2</ID></Grantee><Permission>READ</Permission></Grant>'
  assert.equal(aclOf(user).acl, 'private')
})

test('errors: codes that we do not have become fitting ones, and are told', () => {
  const fails = (status: number, code?: string, operation: 'headObject' | 'createBucket' = 'createBucket') => {
    const document = code === undefined ? '' : `<Error><Code>${code}</Code><Extra>e</Extra></Error>`
    try {
      answer(operation, { bucket: 'b', key: 'k', location: '' }, { status, document })
    } catch (error) {
      const { code: got, details } = error as { code: string; details: Record<string, string> }
      return [got, details.UpstreamCode]
    }
    throw new Error('it was no failure')
  }
  assert.deepEqual(fails(409, 'BucketAlreadyOwnedByYou'), ['BucketAlreadyExists', 'BucketAlreadyOwnedByYou'])
  assert.deepEqual(fails(403, 'QuotaExceeded'), ['AccessDenied', 'QuotaExceeded'])
  assert.deepEqual(fails(418, 'Teapot'), ['InvalidRequest', 'Teapot'])
  assert.deepEqual(fails(400, 'constructor'), ['InvalidRequest', 'constructor'])
  assert.deepEqual(fails(301, 'PermanentRedirect'), ['InternalError', 'PermanentRedirect'])
  assert.deepEqual(fails(503), ['ServiceUnavailable', undefined])
  assert.deepEqual(fails(429), ['SlowDown', undefined])
  assert.deepEqual(fails(404, undefined, 'headObject'), ['NoSuchKey', undefined])
  assert.deepEqual(fails(400, undefined, 'headObject'), ['InvalidRequest', undefined])
})

test('errors: what a proxy puts in the place of a document is no document', () => {
  const html = '<html><body><h1>502 Bad Gateway</h1><br></body></html>'
  assert.throws(() => answer('headBucket', { bucket: 'b' }, { status: 502, document: html }), {
    code: 'ServiceUnavailable',
  })
  const wrapped = '<ErrorResponse><Error><Code>NoSuchBucket</Code></Error></ErrorResponse>'
  assert.throws(() => answer('headBucket', { bucket: 'b' }, { status: 404, document: wrapped }), {
    code: 'NoSuchBucket',
  })
})

test('hostile replies: are refused as failures of who sent them', () => {
  const list = (content: string) => `<ListBucketResult>${content}</ListBucketResult>`
  const hostile = [
    '',
    '<html/>',
    '<!DOCTYPE a [<!ENTITY b "c">]><ListBucketResult/>',
    list('<a>'.repeat(50)),
    list('<Contents/>'),
    list(
      '<Contents><Key>k</Key><Size>1e9</Size><ETag>e</ETag><LastModified>2026-11-21T13:41:00Z</LastModified></Contents>',
    ),
    list('<Contents><Key>k</Key><Size>1</Size><ETag>e</ETag><LastModified>soon</LastModified></Contents>'),
    list('<EncodingType>url</EncodingType><CommonPrefixes><Prefix>%zz</Prefix></CommonPrefixes>'),
  ]
  for (const document of hostile) {
    assert.throws(() => answer('listObjects', page, { document }), { code: 'InternalError', origin: 'upstream' })
  }
  const headers = { etag: '"e"', 'last-modified': 'Sat, 21 Nov 2026 13:41:00 GMT', 'content-length': '5' }
  const get = (status: number, more: Record<string, string>) =>
    answer('getObject', { bucket: 'b', key: 'k' }, { status, headers: { ...headers, ...more } })
  for (const range of ['', 'bytes 0-4/*', 'bytes 4-0/10', 'bytes 0-9/5', 'bytes 0-3/10', 'lines 0-4/10']) {
    assert.throws(() => get(206, { 'content-range': range }), { code: 'InternalError' }, range)
  }
  assert.throws(() => get(200, { 'content-length': 'many' }), { code: 'InternalError' })
  const nameless = { 'content-length': '5', 'last-modified': headers['last-modified'] }
  assert.throws(() => answer('headObject', { bucket: 'b', key: 'k' }, { headers: nameless }), /has no ETag/)
})

test('encode: what no header can hold is refused', () => {
  const put = (metadata: Record<string, string>) =>
    clientCodecs.putObject.encode({ bucket: 'b', key: 'k', content: {}, metadata, tags: [] })
  for (const value of ['a\r\nx: y', 'a\0', 'ü€']) assert.throws(() => put({ a: value }), { code: 'InvalidArgument' })
  assert.throws(() => put({ 'a:b': 'c' }), { code: 'InvalidArgument' })
})
