import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bare, headersOf, wireRequest } from '../../test/wire-request.ts'
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './buckets.ts'
import { encodeToken } from './continuation-token.ts'

const owner = { id: 'a'.repeat(64), displayName: 'Ann & Bob' }
const bucket = { name: 'photos', createdMs: Date.UTC(2026, 10, 21), owner, location: 'eu', acl: 'private' as const }
const namespace = '<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
const create = (document: string, headers = {}) => createBucket.decode(wireRequest({ document, headers }))

test('listBuckets.decode: all of them, or a page', () => {
  const all = { prefix: undefined, startAfter: undefined, maxBuckets: undefined }
  assert.deepEqual(listBuckets.decode(wireRequest()), all)
  assert.deepEqual(listBuckets.decode(wireRequest({ query: 'prefix=&continuation-token=' })), all)
  const query = `prefix=ph&max-buckets=5&continuation-token=${encodeToken('photos')}`
  assert.deepEqual(listBuckets.decode(wireRequest({ query })), { prefix: 'ph', startAfter: 'photos', maxBuckets: 5 })
  for (const bad of ['max-buckets=0', 'max-buckets=10001', 'max-buckets=x', 'continuation-token=x']) {
    assert.throws(() => listBuckets.decode(wireRequest({ query: bad })), { code: 'InvalidArgument' }, bad)
  }
})

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
test('listBuckets.encode: the document of AWS', () => {
  const reply = listBuckets.encode(
    { buckets: [bucket], owner, nextStartAfter: 'photos' },
    wireRequest({ query: 'prefix=p' }),
  )
  assert.equal(
    bare(reply.document),
    `<ListAllMyBucketsResult><Owner><ID>${owner.id}</ID><DisplayName>Ann &amp; Bob</DisplayName></Owner><Buckets><Bucket><Name>photos</Name><CreationDate>2026-11-21T00:00:00.000Z</CreationDate></Bucket></Buckets><Prefix>p</Prefix><ContinuationToken>MXBob3Rvcw</ContinuationToken></ListAllMyBucketsResult>`,
  )
  const none = listBuckets.encode({ buckets: [], owner }, wireRequest())
  assert.match(none.document ?? '', /<Buckets><\/Buckets><\/ListAllMyBucketsResult>$/)
})

test('createBucket.decode: with and without a location', () => {
  assert.deepEqual(create(''), { bucket: 'photos', expectedBucketOwner: undefined, location: '', acl: undefined })
  assert.equal(
    create(`${namespace}<LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>`).location,
    'eu-central-1',
  )
  assert.equal(create(`${namespace}</CreateBucketConfiguration>`).location, '')
})

test('createBucket.decode: a location that could not be a header, and what we do not have', () => {
  const at = (location: string) =>
    `${namespace}<LocationConstraint>${location}</LocationConstraint></CreateBucketConfiguration>`
  for (const location of ['eu&#10;x-evil: 1', 'é', 'a b', 'x'.repeat(65)]) {
    assert.throws(() => create(at(location)), { code: 'InvalidLocationConstraint' }, location)
  }
  assert.throws(() => create('<Other/>'), { code: 'MalformedXML' })
  assert.throws(() => create('<CreateBucketConfiguration><Tags/></CreateBucketConfiguration>'), {
    code: 'NotImplemented',
    message: '<Tags> of a bucket is not implemented.',
  })
  assert.throws(() => create('', { 'x-amz-bucket-object-lock-enabled': 'true' }), { code: 'NotImplemented' })
  assert.equal(create('', { 'x-amz-acl': 'public-read' }).acl, 'public-read')
  assert.throws(() => create('', { 'x-amz-acl': 'log-delivery-write' }), { code: 'AccessControlListNotSupported' })
  assert.throws(() => createBucket.decode(wireRequest({ bucket: 'no_such' })), { code: 'InvalidBucketName' })
})

test('createBucket, headBucket, deleteBucket, getBucketLocation: replies', () => {
  assert.deepEqual(headersOf(createBucket.encode(undefined, wireRequest())), {
    location: '/photos',
    'content-length': '0',
  })
  const region = (location: string) => headersOf(headBucket.encode({ bucket: { ...bucket, location } }, wireRequest()))
  assert.equal(region('eu')['x-amz-bucket-region'], 'eu')
  assert.equal(region('')['x-amz-bucket-region'], 'us-east-1')
  assert.deepEqual(deleteBucket.encode(undefined, wireRequest()), { status: 204, headers: [] })
  const location = (text: string) => bare(getBucketLocation.encode({ location: text }, wireRequest()).document)
  assert.equal(location('eu'), '<LocationConstraint>eu</LocationConstraint>')
  assert.equal(location(''), '<LocationConstraint></LocationConstraint>')
})

test('headBucket, deleteBucket, getBucketLocation: the bucket, and whose it should be', () => {
  const request = wireRequest({ headers: { 'x-amz-expected-bucket-owner': 'me' } })
  for (const codec of [headBucket, deleteBucket, getBucketLocation]) {
    assert.deepEqual(codec.decode(request), { bucket: 'photos', expectedBucketOwner: 'me' })
  }
})
