// The remote store, and the probe, in front of a real Ceph RGW.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { S3Error } from '@headrace/s3'
import { startCeph } from '../../../../tools/ceph/ceph-cluster.ts'
import { freePorts } from '../../../../tools/ceph/free-ports.ts'
import { attemptErrorOf } from '../../src/core/attempt.ts'
import type { ObjectStore } from '../../src/core/store.ts'
import { assumedLedger } from '../../src/store/remote/capability/ledger.ts'
import { probeUpstream } from '../../src/store/remote/capability/probe-upstream.ts'
import type { RemoteStoreOptions } from '../../src/store/remote/remote-options.ts'
import { remoteStore } from '../../src/store/remote/remote-store.ts'
import { actions, bodyOf, code, context, mebibyte, partBytes, random } from '../conformance/harness.ts'
import { runtime } from '../open-store.ts'
import { needsCeph } from './needs.ts'
import { oneUpstream } from './one-upstream.ts'
import { onceBody, owner, plain } from './scene.ts'

const signal = new AbortController().signal

test('in front of Ceph RGW', { ...needsCeph(), timeout: 240_000 }, async (t) => {
  await using ceph = await startCeph({ osdCount: 2, rgwPorts: await freePorts(1) })
  const group = oneUpstream(Number(new URL(ceph.endpoints[0] as string).port))
  t.after(() => group.close())
  const access = { group, credentials: () => ceph.keys, region: 'us-east-1', runtime }
  const open = (more: Partial<RemoteStoreOptions> = {}) =>
    remoteStore({ ...access, name: 'rgw', owner, trustsTransport: false, ...more })
  await testProbe(t, access)
  await open().createBucket({ bucket: 'photos', location: '' }, context())
  for (const trustsTransport of [true, false]) await testBodies(t, open({ trustsTransport }))
  await testReads(t, open())
  await testWrites(t, open())
})

type Suite = { test(name: string, action: () => Promise<void>): Promise<void> }

async function testProbe(t: Suite, access: Omit<Parameters<typeof probeUpstream>[0], 'signal'>): Promise<void> {
  await t.test('probeUpstream: finds what Ceph RGW 16 is known for', async () => {
    const { ledger, undecided, leftBehind } = await probeUpstream({ ...access, signal })
    assert.deepEqual([undecided, leftBehind], [[], undefined])
    const { probedMs, timing, ...found } = ledger
    const ranges = { ...assumedLedger.ranges, reversed: 416 }
    assert.deepEqual(found, { ...assumedLedger, ranges, deleteObjectsChecksum: true })
    assert.ok(timing !== undefined && timing.bodyAfterHeadMs < 30)
  })
}

async function testBodies(t: Suite, store: ObjectStore): Promise<void> {
  const { get } = actions(store)
  await t.test('putObject: every size arrives, its length known or not', async () => {
    for (const size of [0, 1, 65_536, mebibyte, mebibyte + 1, 3 * mebibyte + 5, 9 * mebibyte]) {
      const bytes = random(size)
      for (const sizeBytes of [size, undefined]) {
        const body = onceBody(bytes, { sizeBytes })
        const { etag } = await store.putObject({ bucket: 'photos', key: 'k', ...plain, body }, context())
        assert.ok((await get('photos', 'k')).equals(bytes), `${size} bytes`)
        const isWhole = sizeBytes !== undefined || size <= 8 * mebibyte
        if (isWhole) assert.equal(etag, createHash('md5').update(bytes).digest('hex'))
      }
    }
  })
  await t.test('putObject: a body that fails leaves what was there', async () => {
    // Ceph carries out what it has all content of, framed or not, whatever becomes of the connection, and not at once.
    for (let round = 0; round < 10; round += 1) {
      await actions(store).put('photos', 'safe', 'old')
      for (const size of [10, 3 * mebibyte]) {
        const body = onceBody(random(size), { fails: new S3Error('BadDigest') })
        const put = store.putObject({ bucket: 'photos', key: 'safe', ...plain, body }, context())
        await assert.rejects(put, code('BadDigest'))
      }
      assert.equal((await get('photos', 'safe')).toString(), 'old')
    }
  })
  await t.test('putObject: a refusal comes before the body is taken from the client', async () => {
    const ctx = { ...context(), attempt: {} as { isBodyTouched?: boolean } }
    const body = onceBody(random(3 * mebibyte))
    await assert.rejects(store.putObject({ bucket: 'nobodys', key: 'k', ...plain, body }, ctx), code('NoSuchBucket'))
    assert.notEqual(ctx.attempt.isBodyTouched, true)
  })
}

async function testReads(t: Suite, store: ObjectStore): Promise<void> {
  const { put, get, list } = actions(store)
  await t.test('getObject: ranges, also of another object than they are about', async () => {
    const { etag } = await put('photos', 'ranged', '0123456789')
    const range = { first: 5 }
    assert.equal((await get('photos', 'ranged', { range })).toString(), '56789')
    assert.equal((await get('photos', 'ranged', { range, ifRange: { etag } })).toString(), '56789')
    assert.equal((await get('photos', 'ranged', { range, ifRange: { etag: 'f' } })).toString(), '0123456789')
    await assert.rejects(get('photos', 'ranged', { range: { first: 10 } }), code('InvalidRange'))
    await assert.rejects(get('photos', 'ranged', { conditions: { ifNoneMatch: [etag] } }), code('NotModified'))
    const missing = (await get('photos', 'missing').catch((error) => error)) as S3Error
    assert.deepEqual([missing.code, attemptErrorOf(missing)], ['NoSuchKey', undefined])
    assert.match(missing.details.UpstreamRequestId ?? '', /^tx/)
  })
  await t.test('listings: keys as they are, in the order of their bytes', async () => {
    const keys = [
      'a b',
      'a+b',
      'a%2Fb',
      '/lead',
      '//two',
      'x/../y',
      'new\nline',
      '\u0001ctrl',
      'ü',
      '\uffee',
      '\u{1f600}',
    ]
    await store.createBucket({ bucket: 'odd-keys', location: '' }, context())
    for (const key of keys) await put('odd-keys', key, key)
    for (const key of keys) assert.equal((await get('odd-keys', key)).toString(), key)
    assert.deepEqual(
      await list('odd-keys'),
      [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    )
    const objects = keys.map((key) => ({ key }))
    const { deleted } = await store.deleteObjects({ bucket: 'odd-keys', quiet: false, objects }, context())
    assert.equal(deleted.length, keys.length)
    await store.deleteBucket({ bucket: 'odd-keys' }, context())
  })
}

async function testWrites(t: Suite, store: ObjectStore): Promise<void> {
  const { put, get, upload, part } = actions(store)
  const key = { bucket: 'photos', key: 'written' }
  await t.test('what is written with an object comes back, byte for byte', async () => {
    const metadata = { color: 'blue', name: Buffer.from('Jürgen €').toString('latin1') }
    const content = { contentType: 'text/x; charset=utf-8', contentEncoding: 'gzip', cacheControl: 'no-store' }
    const tags = [{ key: 'k & l', value: 'v = w ü' }]
    await put('photos', 'written', 'x', { content, metadata, tags, acl: 'public-read' })
    const { info } = await store.headObject(key, context())
    assert.deepEqual([info.content, { ...info.metadata }, info.tagCount], [content, metadata, 1])
    assert.deepEqual((await store.getObjectTagging(key, context())).tags, tags)
    assert.deepEqual(await store.getObjectAcl(key, context()), { owner, acl: 'public-read' })
  })
  await t.test('putObject: of many conditional writes at once, one succeeds', async () => {
    const write = () => put('photos', 'race', random(100), { conditions: { ifNoneMatch: '*' } })
    const results = await Promise.allSettled(Array.from({ length: 8 }, write))
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  })
  await t.test('copyObject: conditions of the source, which Ceph ignores, hold', async () => {
    const { etag } = await put('photos', 'source', 'x')
    const copy = (conditions: object) =>
      store.copyObject({ ...key, source: { bucket: 'photos', key: 'source', conditions } }, context())
    await assert.rejects(copy({ ifMatch: ['another'] }), code('PreconditionFailed'))
    assert.equal((await copy({ ifMatch: [etag] })).etag, etag)
  })
  await t.test('multipart uploads: parts, copied ones too, become an object with their ETag', async () => {
    const bytes = random(partBytes + 100)
    const uploadId = await upload('photos', 'parts', { checksum: { algorithm: 'CRC32', type: 'COMPOSITE' } })
    const first = await part('photos', 'parts', uploadId, 1, bytes.subarray(0, partBytes))
    await put('photos', 'source', bytes.subarray(partBytes))
    const place = { bucket: 'photos', key: 'parts', uploadId }
    const source = { bucket: 'photos', key: 'source' }
    const range = { first: 0, last: 99 }
    const { etag } = await store.uploadPartCopy({ ...place, partNumber: 2, source, range }, context())
    const parts = [first, { partNumber: 2, etag }]
    const done = await store.completeMultipartUpload(
      { ...place, parts, expected: { sizeBytes: bytes.length } },
      context(),
    )
    const { info } = await store.headObject({ bucket: 'photos', key: 'parts' }, context())
    assert.deepEqual([done.etag, info.partsCount], [info.etag, 2])
    assert.ok((await get('photos', 'parts')).equals(bytes))
    await assert.rejects(get('photos', 'parts', { partNumber: 2 }), code('NotImplemented'))
  })
  await t.test('uploadPart: a checksum that Ceph does not keep is verified all the same', async () => {
    const uploadId = await upload('photos', 'parts')
    const wrong = { algorithm: 'CRC32', bytes: Buffer.alloc(4) } as const
    const body = bodyOf(random(100), { checksum: wrong })
    const sent = store.uploadPart({ bucket: 'photos', key: 'parts', uploadId, partNumber: 1, body }, context())
    await assert.rejects(sent, code('BadDigest'))
    await store.abortMultipartUpload({ bucket: 'photos', key: 'parts', uploadId }, context())
  })
}
