import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CannedAcl, cannedAcls, type OperationName, operationTraits } from '@headrace/s3'
import { code, context, principal } from '../../test/conformance/harness.ts'
import { runtime } from '../../test/open-store.ts'
import { anonymous, type Principal } from '../core/context.ts'
import { around, pipeline } from '../core/layer.ts'
import type { OperationFunction } from '../core/store.ts'
import { createMemoryStore } from '../store/memory/memory-store.ts'
import { type AccessFacts, authorize } from './authorize.ts'

const alice = principal('alice')
const bob = principal('bob')
const root = principal('root', true)
const operations = Object.keys(operationTraits) as OperationName[]
const forEverybodyWithAKey: readonly OperationName[] = ['listBuckets', 'createBucket']

interface Place {
  readonly bucket: string
  readonly key: string
  readonly expectedBucketOwner?: string
}

const photo: Place = { bucket: 'photos', key: 'cat' }

/** Buckets of Alice, named by their ACLs; a key is named by its own. */
const facts: AccessFacts = {
  async bucket(bucket) {
    if (bucket === 'missing') return undefined
    const acl = cannedAcls.find((name) => bucket === name) ?? 'private'
    return { ownerId: idOf(alice), acl }
  },
  async hasTags(bucket) {
    return bucket === 'tagged'
  },
  async objectAcl(_bucket, key) {
    return cannedAcls.find((name) => key === name)
  },
}

function idOf(who: Principal): string {
  return who.kind === 'owner' ? who.id : ''
}

const authorized = pipeline(createMemoryStore(runtime), [authorize(facts), around(async () => undefined as never)])

async function isAllowed(who: Principal, operation: OperationName, input: object): Promise<boolean> {
  try {
    await (authorized[operation] as OperationFunction<OperationName>)(input as never, context(who))
    return true
  } catch (error) {
    assert.throws(() => {
      throw error
    }, code('AccessDenied'))
    return false
  }
}

/** The operations that somebody may do with a place, of those that need no key of one's own. */
async function allowed(who: Principal, place: Place): Promise<OperationName[]> {
  const found: OperationName[] = []
  for (const operation of operations) {
    if (forEverybodyWithAKey.includes(operation)) continue
    // A copy is from a place that everybody may read.
    if (await isAllowed(who, operation, { ...place, source: { bucket: 'private', key: 'public-read' } })) {
      found.push(operation)
    }
  }
  return found
}

const others = operations.filter((operation) => !forEverybodyWithAKey.includes(operation))

test('authorize: everybody with a key has buckets, nobody else', async () => {
  for (const operation of forEverybodyWithAKey) {
    for (const who of [alice, bob, root]) assert.ok(await isAllowed(who, operation, { bucket: 'new' }))
    assert.equal(await isAllowed(anonymous, operation, { bucket: 'new' }), false)
  }
})

test('authorize: an owner may do everything with the own buckets, root with all, others nothing', async () => {
  assert.deepEqual(await allowed(alice, photo), others)
  assert.deepEqual(await allowed(root, photo), others)
  assert.deepEqual(await allowed(bob, photo), [])
  assert.deepEqual(await allowed(anonymous, photo), [])
})

const listing = ['headBucket', 'listObjects', 'listObjectsV2', 'listObjectVersions', 'listMultipartUploads']
const missingObject = ['getObject', 'headObject']
const writing = [
  'putObject',
  'copyObject',
  'deleteObject',
  'deleteObjects',
  'createMultipartUpload',
  'uploadPart',
  'uploadPartCopy',
  'completeMultipartUpload',
  'abortMultipartUpload',
  'listParts',
]

test('authorize: the ACL of a bucket lets others list it, learn what is missing, and write', async () => {
  const given: Record<CannedAcl, { bob: readonly string[]; anonymous: readonly string[] }> = {
    private: { bob: [], anonymous: [] },
    'public-read': { bob: [...listing, ...missingObject], anonymous: [...listing, ...missingObject] },
    'public-read-write': {
      bob: [...listing, ...missingObject, ...writing],
      anonymous: [...listing, ...missingObject, ...writing],
    },
    'authenticated-read': { bob: [...listing, ...missingObject], anonymous: [] },
  }
  for (const acl of cannedAcls) {
    const place = { bucket: acl, key: 'missing' }
    assert.deepEqual((await allowed(bob, place)).sort(), [...given[acl].bob].sort(), `bob, ${acl}`)
    assert.deepEqual((await allowed(anonymous, place)).sort(), [...given[acl].anonymous].sort(), `anonymous, ${acl}`)
  }
})

test('authorize: the ACL of an object lets others read it, whatever that of its bucket says', async () => {
  for (const bucket of cannedAcls) {
    for (const key of cannedAcls) {
      for (const operation of ['getObject', 'headObject'] as const) {
        const isPublic = key === 'public-read' || key === 'public-read-write'
        const what = `${operation} of a ${key} object in a ${bucket} bucket`
        assert.equal(await isAllowed(anonymous, operation, { bucket, key }), isPublic, what)
        assert.equal(await isAllowed(bob, operation, { bucket, key }), isPublic || key === 'authenticated-read', what)
      }
    }
  }
})

test('authorize: nobody but the owner reads or changes ACLs and tags, or removes the bucket', async () => {
  const place = { bucket: 'public-read-write', key: 'public-read-write' }
  const guarded: OperationName[] = [
    'getBucketAcl',
    'putBucketAcl',
    'getObjectAcl',
    'putObjectAcl',
    'getObjectTagging',
    'putObjectTagging',
    'deleteObjectTagging',
    'getObjectAttributes',
    'deleteBucket',
  ]
  for (const operation of guarded) assert.equal(await isAllowed(bob, operation, place), false, operation)
})

test('authorize: a copy needs to read its source as well', async () => {
  for (const operation of ['copyObject', 'uploadPartCopy'] as const) {
    const into = { bucket: 'public-read-write', key: 'k' }
    const copy = (bucket: string, key: string) => ({ ...into, source: { bucket, key } })
    assert.ok(await isAllowed(bob, operation, copy('private', 'public-read')))
    assert.ok(await isAllowed(bob, operation, copy('private', 'authenticated-read')))
    assert.equal(await isAllowed(bob, operation, copy('private', 'private')), false)
    assert.equal(await isAllowed(anonymous, operation, copy('private', 'authenticated-read')), false)
    assert.equal(await isAllowed(bob, operation, copy('private', 'missing')), false)
    assert.ok(await isAllowed(alice, operation, copy('private', 'private')))
    assert.ok(await isAllowed(root, operation, copy('private', 'private')))
  }
})

test('authorize: a bucket of another owner than expected is refused to everybody', async () => {
  for (const who of [alice, bob, root]) {
    const expected = { ...photo, expectedBucketOwner: idOf(bob) }
    assert.equal(await isAllowed(who, 'getObject', expected), false)
  }
  for (const who of [alice, root]) {
    assert.ok(await isAllowed(who, 'getObject', { ...photo, expectedBucketOwner: idOf(alice) }))
    const source = { ...photo, expectedBucketOwner: idOf(bob) }
    assert.equal(await isAllowed(who, 'copyObject', { ...photo, source }), false)
  }
})

test('authorize: of a bucket that does not exist, the store tells', async () => {
  for (const who of [alice, bob, anonymous]) {
    assert.ok(await isAllowed(who, 'getObject', { bucket: 'missing', key: 'k' }))
  }
})

test('authorize: a copy shows no tags to whom they are not shown', async () => {
  const copy = (who: Principal, bucket: string, tags?: readonly []) => {
    const source = { bucket, key: 'public-read' }
    return isAllowed(who, 'copyObject', { bucket: 'public-read-write', key: 'copy', source, tags })
  }
  assert.equal(await copy(bob, 'tagged'), false)
  assert.equal(await copy(bob, 'tagged', []), true, 'with tags of its own')
  assert.equal(await copy(bob, 'photos'), true, 'without tags')
  assert.equal(await copy(alice, 'tagged'), true)
  assert.equal(await copy(root, 'tagged'), true)
})
