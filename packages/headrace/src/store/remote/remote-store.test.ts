import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { createChecksum, S3Error } from '@headrace/s3'
import { code, context, principal, random } from '../../../test/conformance/harness.ts'
import { attemptContext, onceBody, owner, plain, remoteScene } from '../../../test/remote/scene.ts'
import { replyOf } from '../../../test/remote/served-group.ts'
import { AttemptError, attemptErrorOf } from '../../core/attempt.ts'
import type { UpstreamReply, UpstreamRequest } from '../../upstream/exchange.ts'
import { assumedLedger, completeLedger } from './capability/ledger.ts'

const key = { bucket: 'photos', key: 'k' }
const large = random(3_000_000)

/** Fails the first so many requests that match, and lets the others pass. */
function failing(times: number, how: () => Promise<UpstreamReply>, method = 'PUT') {
  let left = times
  return (request: UpstreamRequest) => {
    if (request.method !== method || left === 0) return undefined
    left -= 1
    return how()
  }
}

const unavailable = () => Promise.resolve(replyOf(503, {}))

test('an attempt: the notes tell who was asked, and the group who is to be avoided', async () => {
  const { store, group, upstream } = await remoteScene()
  await upstream.put('photos', 'k', 'x')
  const trail: never[] = []
  const ctx = { ...attemptContext(), avoid: new Set(['elsewhere']), notes: { trail } }
  await store.headObject(key, ctx)
  await store.deleteObject(key, ctx)
  const { store: name, upstream: asked, attempts } = ctx.notes as Record<string, unknown>
  assert.deepEqual([name, asked, attempts, ctx.attempt.upstream], ['far', 'served:1', 2, 'served:1'])
  assert.deepEqual(group.leases, [
    { effect: 'read', bucket: 'photos', avoid: ctx.avoid },
    { effect: 'write', bucket: 'photos', avoid: ctx.avoid },
  ])
  assert.match(JSON.stringify(trail), /served:1: headObject: 200/)
  assert.equal(group.open.size, 0)
})

test('an attempt: who is gone asks for nothing', async () => {
  const { store, group } = await remoteScene()
  const gone = new AbortController()
  gone.abort(new Error('gone'))
  await assert.rejects(store.headObject(key, { ...context(), signal: gone.signal }), /gone/)
  assert.equal(group.open.size, 0)
})

test('putObject: a body that is not what was announced never reaches the upstream as a whole', async () => {
  for (const trustsTransport of [true, false]) {
    for (const bytes of [random(100), large]) {
      const sent: number[] = []
      const intercept = ({ body }: UpstreamRequest) => {
        if (body === undefined || body instanceof Uint8Array) return undefined
        const count = async () => {
          let wireBytes = 0
          try {
            await body.sendTo({
              write(chunk) {
                wireBytes += chunk.length
                return undefined
              },
            })
          } finally {
            sent.push((body.sizeBytes ?? 0) - wireBytes)
          }
          return replyOf(200, { etag: '"e"' })
        }
        return count()
      }
      const { store, requests } = await remoteScene({ trustsTransport }, { intercept })
      const body = onceBody(bytes, { fails: new S3Error('BadDigest') })
      await assert.rejects(store.putObject({ ...key, ...plain, body }, attemptContext()), code('BadDigest'))
      // A small one is looked at before anything is sent, of a large one the end is missing.
      assert.equal(requests.length, bytes === large ? 1 : 0)
      assert.equal(sent.length, requests.length)
      assert.ok(sent.every((missing) => missing > 0))
    }
  }
})

test('putObject: shorter or longer than announced, nothing becomes of it', async () => {
  for (const trustsTransport of [true, false]) {
    for (const sizeBytes of [large.length + 1, large.length - 1, 101, 99]) {
      const { store, upstream } = await remoteScene({ trustsTransport })
      const body = onceBody(sizeBytes < 1000 ? large.subarray(0, 100) : large, { sizeBytes })
      await assert.rejects(store.putObject({ ...key, ...plain, body }, attemptContext()), code('IncompleteBody'))
      assert.deepEqual(await upstream.list('photos'), [])
    }
  }
})

test('putObject: a large body is signed unless nobody has vouched for it, or the transport does', async () => {
  for (const { isUnprotected, trustsTransport, signed } of [
    { isUnprotected: false, trustsTransport: false, signed: true },
    { isUnprotected: true, trustsTransport: false, signed: false },
    { isUnprotected: false, trustsTransport: true, signed: false },
  ]) {
    const { store, upstream, requests } = await remoteScene({ trustsTransport })
    await upstream.put('photos', 'other', 'x')
    await store.putObject({ ...key, ...plain, body: onceBody(large, { isUnprotected }) }, attemptContext())
    const { headers = [] } = requests.at(-1) ?? {}
    const word = headers[headers.indexOf('x-amz-content-sha256') + 1]
    assert.equal(word, signed ? 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' : 'UNSIGNED-PAYLOAD')
  }
})

test('putObject: a small body is kept for another attempt', async () => {
  const { store, upstream } = await remoteScene({}, { intercept: failing(2, unavailable) })
  const bytes = random(1000)
  const input = { ...key, ...plain, body: onceBody(bytes) }
  const ctx = attemptContext()
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const error = await store.putObject(input, ctx).catch((reason: unknown) => reason)
    assert.deepEqual([(error as S3Error).code, attemptErrorOf(error)?.fault], ['ServiceUnavailable', 'unavailable'])
    assert.notEqual(ctx.attempt.isBodyTouched, true)
  }
  const { etag, sizeBytes } = await store.putObject(input, ctx)
  assert.deepEqual([etag, sizeBytes], [createHash('md5').update(bytes).digest('hex'), 1000])
  assert.ok((await upstream.get('photos', 'k')).equals(bytes))
})

test('putObject: a large body is touched as soon as it is wanted, and had once', async () => {
  const consumed = failing(1, () => Promise.reject(new AttemptError({ fault: 'connect', wasSent: false })))
  const { store } = await remoteScene(
    {},
    {
      intercept(request) {
        const refused = consumed(request)
        if (refused !== undefined || request.body === undefined || request.body instanceof Uint8Array) return refused
        return request.body.sendTo({ write: () => undefined }).then(() => replyOf(503, {}))
      },
    },
  )
  const input = { ...key, ...plain, body: onceBody(large) }
  const ctx = attemptContext()
  await assert.rejects(store.putObject(input, ctx), code('ServiceUnavailable'))
  assert.notEqual(ctx.attempt.isBodyTouched, true, 'the upstream was never reached')
  await assert.rejects(store.putObject(input, ctx), code('ServiceUnavailable'))
  assert.equal(ctx.attempt.isBodyTouched, true)
  await assert.rejects(store.putObject(input, ctx), /cannot be had again/)
})

test('putObject: without room in memory a small body streams', async () => {
  const { store, requests, upstream } = await remoteScene({ limits: { bodyMemoryBytesMax: 999 } })
  const bytes = random(1000)
  const ctx = attemptContext()
  await store.putObject({ ...key, ...plain, body: onceBody(bytes) }, ctx)
  assert.equal(ctx.attempt.isBodyTouched, true)
  assert.ok(requests.at(-1)?.headers.includes('100-continue'))
  assert.ok((await upstream.get('photos', 'k')).equals(bytes))
})

test('putObject: an answer before the body was complete is not believed', async () => {
  const intercept = failing(1, () => Promise.resolve(replyOf(200, { etag: '"e"' })))
  const { store } = await remoteScene({}, { intercept })
  const put = store.putObject({ ...key, ...plain, body: onceBody(large) }, attemptContext())
  await assert.rejects(put, /before it had all of it/)
})

test('putObject: of unknown length, a long body is uploaded in parts', async () => {
  const limits = { gatheredBytesMax: 5 * 1024 * 1024 }
  const { store, upstream, behind } = await remoteScene({ limits })
  for (const size of [0, 100, limits.gatheredBytesMax, limits.gatheredBytesMax + 1, 12_000_000]) {
    const bytes = random(size)
    const body = onceBody(bytes, { sizeBytes: undefined })
    const described = { ...plain, metadata: { a: 'b' }, acl: 'public-read' } as const
    const conditions = { ifMatch: '*' } as const
    await upstream.put('photos', 'k', 'before')
    const output = await store.putObject({ ...key, ...described, body, conditions }, attemptContext())
    assert.equal(output.sizeBytes, size)
    assert.equal(output.etag.includes('-'), size > limits.gatheredBytesMax)
    assert.ok((await upstream.get('photos', 'k')).equals(bytes), `${size} bytes`)
    assert.deepEqual({ ...(await store.headObject(key, context())).info.metadata }, { a: 'b' })
    assert.equal((await behind.getObjectAcl(key, context())).acl, 'public-read')
  }
})

test('putObject: of unknown length, a body that fails leaves no parts behind', async () => {
  const { store, upstream } = await remoteScene({ limits: { gatheredBytesMax: 1_000_000 } })
  const body = onceBody(large, { sizeBytes: undefined, fails: new S3Error('BadDigest') })
  await assert.rejects(store.putObject({ ...key, ...plain, body }, attemptContext()), code('BadDigest'))
  const all = { bucket: 'photos', prefix: '', delimiter: '', keyMarker: '', maxUploads: 10 }
  assert.deepEqual((await store.listMultipartUploads(all, context())).uploads, [])
  assert.deepEqual(await upstream.list('photos'), [])
  const uploadId = await upstream.upload('photos', 'k')
  const part = { ...key, uploadId, partNumber: 1, body: onceBody(large, { sizeBytes: undefined }) }
  await assert.rejects(store.uploadPart(part, attemptContext()), code('MissingContentLength'))
})

/** A body with a checksum that is announced, or comes behind it. */
function summedBody(bytes: Uint8Array, comes: 'before' | 'behind') {
  const digest = createChecksum('CRC32')
  digest.update(bytes)
  const checksum = { algorithm: 'CRC32', bytes: digest.digest() } as const
  const announced = comes === 'before' ? checksum : { algorithm: checksum.algorithm }
  const body = onceBody(bytes, { checksum: announced, summary: { checksum } })
  return { body, kept: { algorithm: 'CRC32', type: 'FULL_OBJECT', value: checksum.bytes.toString('base64') } }
}

test('checksums: go along, ahead of the body or behind it, and are kept', async () => {
  for (const trustsTransport of [true, false]) {
    for (const bytes of [random(100), large]) {
      for (const comes of ['before', 'behind'] as const) {
        const { store } = await remoteScene({ trustsTransport })
        const { body, kept } = summedBody(bytes, comes)
        const output = await store.putObject({ ...key, ...plain, body }, attemptContext())
        assert.deepEqual(output.checksum, kept)
        assert.deepEqual((await store.headObject(key, context())).info.checksum, kept)
      }
    }
  }
})

test('checksums: one that the upstream does not keep is translated, and not named by the reply; or refused', async () => {
  const ledger = { ...completeLedger, checksums: assumedLedger.checksums }
  for (const bytes of [random(100), large]) {
    const { store, requests } = await remoteScene({ ledger })
    const translated = summedBody(bytes, 'before')
    const output = await store.putObject({ ...key, ...plain, body: translated.body }, attemptContext())
    assert.equal(output.checksum, undefined)
    assert.ok(!requests.some(({ headers }) => headers.join().includes('x-amz-checksum-crc32')))
    const strict = await remoteScene({ ledger, unkeptChecksums: 'refuse' })
    const { body } = summedBody(bytes, 'before')
    await assert.rejects(strict.store.putObject({ ...key, ...plain, body }, attemptContext()), code('NotImplemented'))
  }
  const { store } = await remoteScene({ ledger })
  const checksum = { algorithm: 'CRC32', type: 'FULL_OBJECT' } as const
  const upload = await store.createMultipartUpload({ ...key, ...plain, checksum }, context())
  assert.equal(upload.checksum, undefined)
  const place = { ...key, uploadId: upload.uploadId }
  const { etag } = await store.uploadPart({ ...place, partNumber: 1, body: onceBody(random(9)) }, attemptContext())
  const parts = [{ partNumber: 1, etag, checksum: { algorithm: 'CRC32', value: 'DUoRhQ==' } as const }]
  const expected = { checksum: { algorithm: 'CRC32', value: 'DUoRhQ==' } as const }
  const complete = (more: object) => store.completeMultipartUpload({ ...place, parts, ...more }, context())
  await assert.rejects(complete({ expected }), code('NotImplemented'))
  await complete({})
})

test('completeMultipartUpload: an expected size is reckoned where the upstream does not compare it', async () => {
  const { store, upstream } = await remoteScene({ ledger: { ...completeLedger, completeSize: false } })
  const uploadId = await upstream.upload('photos', 'k')
  const parts = [await upstream.part('photos', 'k', uploadId, 3, random(100))]
  const complete = (sizeBytes: number) =>
    store.completeMultipartUpload({ ...key, uploadId, parts, expected: { sizeBytes } }, context())
  await assert.rejects(complete(99), code('InvalidRequest'))
  assert.match((await complete(100)).etag, /-1$/)
})

test('conditions: those that the upstream ignores are refused, and nothing is done', async () => {
  const { store, upstream, requests } = await remoteScene({ ledger: assumedLedger })
  await upstream.put('photos', 'k', 'x')
  const conditions = { ifNoneMatch: '*' } as const
  const source = { bucket: 'photos', key: 'k' }
  const refused = code('NotImplemented')
  await assert.rejects(store.copyObject({ ...key, source, conditions }, context()), refused)
  await assert.rejects(store.deleteObject({ ...key, ifMatch: ['e'] }, context()), refused)
  await assert.rejects(
    store.completeMultipartUpload({ ...key, uploadId: 'u', parts: [], conditions }, context()),
    refused,
  )
  const racy = { ...completeLedger, conditions: { ...completeLedger.conditions, put: 'racy' } as const }
  const second = await remoteScene({ ledger: racy })
  const put = { ...key, ...plain, body: onceBody(random(1)), conditions }
  await assert.rejects(second.store.putObject(put, attemptContext()), refused)
  assert.deepEqual([requests.length, second.requests.length], [0, 0])
  const objects = [{ key: 'k', etag: 'e' }, { key: 'gone' }, { key: '\u0001' }]
  const { deleted, errors } = await store.deleteObjects({ bucket: 'photos', quiet: false, objects }, context())
  assert.deepEqual(
    deleted.map((object) => object.key),
    ['gone', '\u0001'],
  )
  assert.deepEqual(
    errors.map((error) => [error.key, error.code]),
    [['k', 'NotImplemented']],
  )
})

test('copies: conditions of a source that the upstream ignores are held here', async () => {
  const { store, upstream } = await remoteScene({
    ledger: { ...completeLedger, conditions: { ...completeLedger.conditions, copySource: 'ignored' } },
  })
  const { etag } = await upstream.put('photos', 'k', 'x')
  const copy = (conditions: object) =>
    store.copyObject({ bucket: 'photos', key: 'copy', source: { ...key, conditions } }, context())
  await assert.rejects(copy({ ifMatch: ['another'] }), code('PreconditionFailed'))
  assert.deepEqual(await upstream.list('photos'), ['k'])
  assert.equal((await copy({ ifMatch: [etag] })).etag, etag)
})

test('getObject: a whole object in the place of a range is cut', async () => {
  const withoutRanges = (request: UpstreamRequest) => {
    if (request.method !== 'GET') return undefined
    const headers = { etag: '"e"', 'last-modified': 'Sat, 21 Nov 2026 13:41:00 GMT' }
    return Promise.resolve(replyOf(200, headers, '0123456789'))
  }
  const { store, group } = await remoteScene({}, { intercept: withoutRanges })
  const read = async (input: object) => {
    const reader = await store.getObject({ ...key, ...input }, context())
    const chunks: Buffer[] = []
    await reader.readInto({ write: (chunk) => void chunks.push(Buffer.from(chunk)) })
    await reader.close()
    return [reader.selection, Buffer.concat(chunks).toString()]
  }
  assert.deepEqual(await read({ range: { first: 2, last: 4 } }), [{ first: 2, last: 4 }, '234'])
  assert.deepEqual(await read({ range: { suffixBytes: 3 } }), [{ first: 7, last: 9 }, '789'])
  assert.deepEqual(await read({ range: { first: 2 }, ifRange: { etag: 'f' } }), [undefined, '0123456789'])
  assert.deepEqual(await read({}), [undefined, '0123456789'])
  await assert.rejects(store.getObject({ ...key, range: { first: 10 } }, context()), code('InvalidRange'))
  assert.equal(group.open.size, 0)
})

test('getObject: a body that ends too early is a failed attempt', async () => {
  const headers = { etag: '"e"', 'last-modified': 'Sat, 21 Nov 2026 13:41:00 GMT', 'content-length': '11' }
  const { store } = await remoteScene(
    {},
    { intercept: failing(1, async () => replyOf(200, headers, '0123456789'), 'GET') },
  )
  const reader = await store.getObject(key, context())
  const read = reader.readInto({ write: () => undefined })
  await assert.rejects(read, (error: AttemptError) => error.fault === 'truncated' && error.upstream === 'served:1')
  await reader.close()
})

test('getObject: a reader that nobody wants any more gives its place back', async () => {
  const { store, upstream, group } = await remoteScene()
  await upstream.put('photos', 'k', large)
  const reader = await store.getObject(key, context())
  assert.equal(group.open.size, 1)
  await reader.close()
  await reader.close()
  assert.equal(group.open.size, 0)
  const second = await store.getObject(key, context())
  const failed = second.readInto({
    write() {
      throw new Error('the client is gone')
    },
  })
  await assert.rejects(failed, /the client is gone/)
  await second.close()
  assert.equal(group.open.size, 0)
})

test('errors: what the upstream refuses keeps its code; its own troubles do not', async () => {
  const { store } = await remoteScene()
  const missing = await store.getObject(key, context()).catch((error: S3Error) => error)
  assert.ok(missing instanceof S3Error)
  assert.deepEqual(
    [missing.code, missing.origin, missing.details.UpstreamRequestId],
    ['NoSuchKey', 'upstream', 'served'],
  )
  const document = '<Error><Code>SlowDown</Code><Message>Later.</Message></Error>'
  const intercept = () => Promise.resolve(replyOf(503, { 'retry-after': '2' }, document))
  const slow = await remoteScene({}, { intercept })
  const error = await slow.store.headBucket({ bucket: 'photos' }, context()).catch((reason: unknown) => reason)
  const failure = attemptErrorOf(error)
  assert.deepEqual([(error as S3Error).code, failure?.fault, failure?.retryAfterMs], ['SlowDown', 'throttled', 2_000])
})

test('buckets: everything belongs to the owner of the store, and to nobody else', async () => {
  const { store, requests } = await remoteScene()
  const alice = context(principal('alice'))
  const bob = context(principal('bob'))
  await store.createBucket({ bucket: 'of-alice', location: '' }, alice)
  await assert.rejects(store.createBucket({ bucket: 'of-bob', location: '' }, bob), code('AccessDenied'))
  const { buckets } = await store.listBuckets({}, alice)
  assert.deepEqual(
    buckets.map(({ name, owner: whose }) => [name, whose.displayName]),
    [
      ['of-alice', 'alice'],
      ['photos', 'alice'],
    ],
  )
  assert.deepEqual((await store.listBuckets({}, bob)).buckets, [])
  assert.deepEqual((await store.listBuckets({ maxBuckets: 1 }, alice)).nextStartAfter, 'of-alice')
  const { bucket } = await store.headBucket({ bucket: 'photos' }, alice)
  assert.deepEqual([bucket.owner, bucket.acl], [owner, 'private'])
  await store.putBucketAcl({ bucket: 'photos', acl: 'public-read', ownerIds: [owner.id] }, alice)
  assert.equal((await store.headBucket({ bucket: 'photos' }, alice)).bucket.acl, 'public-read')
  assert.deepEqual(await store.getBucketAcl({ bucket: 'photos' }, alice), { owner, acl: 'public-read' })
  const others = { bucket: 'photos', acl: 'private', ownerIds: ['b'.repeat(64)] } as const
  await assert.rejects(store.putBucketAcl(others, alice), code('AccessControlListNotSupported'))
  const expected = { bucket: 'photos', expectedBucketOwner: owner.id }
  await store.getBucketLocation(expected, alice)
  await store.deleteBucket({ bucket: 'of-alice', expectedBucketOwner: owner.id }, alice)
  assert.ok(!requests.some(({ headers }) => headers.includes('x-amz-expected-bucket-owner')))
})

test('buckets: making one again changes nothing, whatever the upstream says to it', async () => {
  const document = '<Error><Code>BucketAlreadyOwnedByYou</Code></Error>'
  const { store } = await remoteScene({}, { intercept: failing(1, async () => replyOf(409, {}, document)) })
  await store.createBucket({ bucket: 'photos', location: '' }, context())
  const taken = '<Error><Code>BucketAlreadyExists</Code></Error>'
  const second = await remoteScene({}, { intercept: failing(1, async () => replyOf(409, {}, taken)) })
  const create = second.store.createBucket({ bucket: 'photos', location: '' }, context())
  await assert.rejects(create, code('BucketAlreadyExists'))
})

test('ACLs: an upstream without them takes only what everybody has anyway', async () => {
  const { store, requests } = await remoteScene({ ledger: { ...completeLedger, acls: false } })
  assert.equal((await store.headBucket({ bucket: 'photos' }, context())).bucket.acl, 'private')
  const put = (acl: 'private' | 'public-read') =>
    store.putObject({ ...key, ...plain, acl, body: onceBody(random(1)) }, attemptContext())
  await assert.rejects(put('public-read'), code('NotImplemented'))
  await put('private')
  assert.ok(!requests.some(({ headers }) => headers.includes('x-amz-acl')))
})
