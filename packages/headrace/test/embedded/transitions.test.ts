import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { StorageClass } from '@headrace/s3'
import { setProfile } from '../../src/store/embedded/placement/edit-map.ts'
import { parseProfile } from '../../src/store/embedded/placement/profiles.ts'
import { actions, bodyOf, code, context, mebibyte, partBytes, random } from '../conformance/harness.ts'
import { TieredStore } from '../support/tiered-store.ts'
import { until } from '../support/waiting.ts'

const bucket = 'b'
/** On four hot drives and two cold ones: 2+2, and two copies. */
const large = 5 * mebibyte + 17

async function tiered(t: Parameters<typeof TieredStore.open>[0], drives = { hot: 4, cold: 2 }) {
  const tiers = await TieredStore.open(t, drives)
  const { store } = tiers.opened
  await actions(store).create(bucket)
  const source = (key: string) => ({ bucket, key })
  return {
    tiers,
    store,
    ...actions(store),
    /** Copies an object onto itself, in another class. */
    turn: (key: string, storageClass: StorageClass, more: object = {}, ctx = context()) =>
      store.copyObject({ ...source(key), source: source(key), storageClass, ...more }, ctx),
    head: async (key: string) => (await store.headObject(source(key), context())).info,
    copyPart: async (uploadId: string, partNumber: number, from: string, range?: object) => {
      const input = { bucket, key: 'whole', uploadId, partNumber, source: source(from), ...(range && { range }) }
      const { etag } = await store.uploadPartCopy(input as never, context())
      return { partNumber, etag }
    },
  }
}

const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex')
const idsOf = (tiers: TieredStore, key: string) => [...tiers.rowsOf(bucket, key).keys()].join()

test('copyObject: onto itself, an object goes to cold drives and back', async (t) => {
  const { tiers, turn, put, get, head } = await tiered(t)
  for (const size of [100, 100_000, 1_500_000, large]) {
    const key = `k${size}`
    const bytes = random(size)
    const { etag } = await put(bucket, key, bytes, { metadata: { a: 'b' } })
    const drivesOf = (drives: string) => (size === 100 ? 'index' : drives)
    assert.equal(tiers.classesOf(bucket, key), drivesOf('hot'))
    for (const [storageClass, drives, isMoved] of [
      ['STANDARD_IA', 'cold', true],
      ['GLACIER_IR', 'cold', false],
      ['STANDARD', 'hot', true],
      ['ONEZONE_IA', 'hot', false],
    ] as const) {
      const before = idsOf(tiers, key)
      const copied = await turn(key, storageClass)
      assert.equal(copied.etag, etag)
      assert.equal(tiers.classesOf(bucket, key), drivesOf(drives))
      assert.equal(idsOf(tiers, key) !== before, isMoved && size !== 100, `${size} bytes to ${storageClass}`)
      assert.ok((await get(bucket, key)).equals(bytes))
      const info = await head(key)
      assert.deepEqual([info.storageClass, info.etag, { ...info.metadata }], [storageClass, etag, { a: 'b' }])
    }
  }
})

test('copyObject: what was on the drives of the old class goes to the trash, and vanishes', async (t) => {
  const { tiers, turn, put, get } = await tiered(t)
  const bytes = random(large)
  await put(bucket, 'k', bytes)
  for (const [storageClass, left] of [
    ['STANDARD_IA', 'hot'],
    ['STANDARD', 'cold'],
  ] as const) {
    await turn('k', storageClass)
    await tiers.untilTidy()
    assert.deepEqual(await tiers.filesOn(left), [])
  }
  assert.ok((await get(bucket, 'k')).equals(bytes))
})

test('copyObject: without cold drives every class shares the data of the others', async (t) => {
  const { tiers, turn, put } = await tiered(t, { hot: 4, cold: 0 })
  await put(bucket, 'k', random(large))
  const before = idsOf(tiers, 'k')
  for (const storageClass of ['STANDARD_IA', 'GLACIER_IR', 'STANDARD'] as const) {
    await turn('k', storageClass)
    assert.equal(idsOf(tiers, 'k'), before)
  }
})

test('copyObject: parts, ETag and checksum of an upload are those of its copy in another class', async (t) => {
  const { tiers, store, turn, get, head } = await tiered(t)
  const bytes = [random(partBytes), random(partBytes), random(1_000)]
  const place = { bucket, key: 'k' }
  const checksum = { algorithm: 'CRC32', type: 'COMPOSITE' } as const
  const created = { ...place, content: {}, metadata: {}, tags: [], checksum }
  const { uploadId } = await store.createMultipartUpload(created, context())
  const parts = []
  for (const [index, part] of bytes.entries()) {
    const input = { ...place, uploadId, partNumber: index + 1, body: bodyOf(part) }
    const { etag, checksum: sum } = await store.uploadPart(input, context())
    parts.push({ partNumber: index + 1, etag, checksum: sum })
  }
  const { etag } = await store.completeMultipartUpload({ ...place, uploadId, parts }, context())
  const before = await head('k')
  assert.equal(before.checksum?.type, 'COMPOSITE')
  for (const [storageClass, drives, data] of [
    // The last part is in the index, and stays there.
    ['STANDARD_IA', 'index cold', 2],
    ['STANDARD', 'index hot', 2],
  ] as const) {
    assert.equal((await turn('k', storageClass)).etag, etag)
    assert.equal(tiers.classesOf(bucket, 'k'), drives)
    assert.equal(tiers.rowsOf(bucket, 'k').size, data)
    const { lastModifiedMs, ...info } = await head('k')
    assert.deepEqual({ ...info, lastModifiedMs: before.lastModifiedMs }, { ...before, storageClass })
    assert.ok((await get(bucket, 'k')).equals(Buffer.concat(bytes)))
    for (const [index, part] of bytes.entries())
      assert.ok((await get(bucket, 'k', { partNumber: index + 1 })).equals(part))
  }
})

test('copyObject: a new checksum, and conditions of source and target, in another class', async (t) => {
  const { tiers, turn, put, head } = await tiered(t)
  const bytes = random(300_000)
  const { etag } = await put(bucket, 'k', bytes)
  const { checksum } = await turn('k', 'STANDARD_IA', { checksumAlgorithm: 'SHA256' })
  const value = createHash('sha256').update(bytes).digest('base64')
  assert.deepEqual(checksum, { algorithm: 'SHA256', type: 'FULL_OBJECT', value })
  assert.deepEqual((await head('k')).checksum, checksum)

  const before = await tiers.filesOn('hot')
  const unless = { source: { bucket, key: 'k', conditions: { ifNoneMatch: [etag] } } }
  await assert.rejects(turn('k', 'STANDARD', unless), code('PreconditionFailed'))
  await assert.rejects(turn('k', 'STANDARD', { conditions: { ifNoneMatch: '*' } }), code('PreconditionFailed'))
  assert.equal(tiers.classesOf(bucket, 'k'), 'cold')
  assert.deepEqual(await tiers.filesOn('hot'), before)
})

test('uploadPart, uploadPartCopy: the class of the upload decides where parts are', async (t) => {
  const { tiers, store, put, get, upload, part, copyPart } = await tiered(t)
  const [hot, cold, own] = [random(partBytes), random(partBytes + 1), random(partBytes)]
  await put(bucket, 'hot', hot)
  await put(bucket, 'cold', cold, { storageClass: 'STANDARD_IA' })
  const uploadId = await upload(bucket, 'whole', { storageClass: 'GLACIER_IR' })
  const parts = [
    await part(bucket, 'whole', uploadId, 1, own),
    await copyPart(uploadId, 2, 'hot'),
    await copyPart(uploadId, 3, 'cold'),
    await copyPart(uploadId, 4, 'hot', { first: 10, last: 200_009 }),
  ]
  const range = hot.subarray(10, 200_010)
  // The ETag is the MD5 of bytes that were read.
  assert.deepEqual([parts[1]?.etag, parts[3]?.etag], [md5(hot), md5(range)])
  await store.completeMultipartUpload({ bucket, key: 'whole', uploadId, parts }, context())
  assert.equal(tiers.classesOf(bucket, 'whole'), 'cold')
  assert.equal([...tiers.rowsOf(bucket, 'whole').keys()][2], idsOf(tiers, 'cold'))
  assert.ok((await get(bucket, 'whole')).equals(Buffer.concat([own, hot, cold, range])))
  await tiers.untilTidy()
})

test('copyObject: only what is not there yet is moved', async (t) => {
  const { tiers, store, turn, put, get, upload, copyPart } = await tiered(t)
  const [hot, cold] = [random(partBytes), random(partBytes + 1)]
  await put(bucket, 'cold', cold, { storageClass: 'STANDARD_IA' })
  await put(bucket, 'hot', hot)
  const uploadId = await upload(bucket, 'whole', { storageClass: 'STANDARD_IA' })
  const parts = [await copyPart(uploadId, 1, 'cold'), await copyPart(uploadId, 2, 'hot')]
  await store.completeMultipartUpload({ bucket, key: 'whole', uploadId, parts }, context())
  await turn('whole', 'STANDARD')
  assert.equal(tiers.classesOf(bucket, 'whole'), 'hot')
  assert.equal(tiers.rowsOf(bucket, 'whole').size, 1)
  assert.equal(tiers.classesOf(bucket, 'cold'), 'cold')
  assert.ok((await get(bucket, 'whole')).equals(Buffer.concat([cold, hot])))
})

test('a bucket with a profile of its own: objects are protected so, and copies into it and out of it', async (t) => {
  const { tiers, store, create, put, get } = await tiered(t)
  const profile = { bucket: 'own', storageClass: 'STANDARD', profile: parseProfile('2+1') }
  await tiers.opened.keeperStore.changeMap((map) => setProfile(map, profile))
  await create('own')
  const bytes = random(large)
  const widthOf = (name: string, key: string) =>
    [...tiers.rowsOf(name, key).values()].map(({ chunks }) => (chunks === 'inline' ? 0 : chunks.length))
  const copy = async (from: string, fromKey: string, to: string, key: string) => {
    await store.copyObject({ bucket: to, key, source: { bucket: from, key: fromKey } }, context())
    assert.ok((await get(to, key)).equals(bytes))
    return tiers.rowsOf(to, key)
  }
  await put('own', 'k', bytes)
  assert.deepEqual(widthOf('own', 'k'), [3])
  assert.deepEqual(await copy('own', 'k', 'own', 'twin'), tiers.rowsOf('own', 'k'))
  await copy('own', 'k', bucket, 'out')
  assert.deepEqual(widthOf(bucket, 'out'), [4])
  await copy(bucket, 'out', 'own', 'in')
  assert.deepEqual(widthOf('own', 'in'), [3])
  // Its other classes are those of everybody.
  const cold = { bucket: 'own', key: 'k', source: { bucket: 'own', key: 'k' }, storageClass: 'STANDARD_IA' as const }
  await store.copyObject(cold, context())
  assert.equal(tiers.classesOf('own', 'k'), 'cold')
})

test('copyObject: a source that is replaced meanwhile is not brought back onto itself', async (t) => {
  const { tiers, turn, put, get, head } = await tiered(t)
  await put(bucket, 'k', random(large))
  tiers.fault('cold', { calls: 'write', isStuck: true })
  const turning = turn('k', 'STANDARD_IA')
  await tiers.untilStuck('cold')
  const newer = random(large)
  await put(bucket, 'k', newer, { metadata: { is: 'newer' } })
  tiers.fault('cold', undefined)
  await turning
  assert.ok((await get(bucket, 'k')).equals(newer))
  assert.deepEqual({ ...(await head('k')).metadata }, { is: 'newer' })
  assert.equal(tiers.classesOf(bucket, 'k'), 'cold')
  await tiers.untilTidy()
})

test('copyObject: a source that is deleted meanwhile is copied whole', async (t) => {
  const { tiers, store, put, get } = await tiered(t)
  const bytes = random(large)
  await put(bucket, 'k', bytes)
  const before = await tiers.filesOn('hot')
  tiers.fault('cold', { calls: 'write', isStuck: true })
  const input = { bucket, key: 'copy', source: { bucket, key: 'k' }, storageClass: 'STANDARD_IA' as const }
  const copying = store.copyObject(input, context())
  await tiers.untilStuck('cold')
  await store.deleteObject({ bucket, key: 'k' }, context())
  await tiers.work('empty-trash')
  assert.deepEqual(await tiers.filesOn('hot'), before, 'what is being read stays')
  tiers.fault('cold', undefined)
  await copying
  assert.ok((await get(bucket, 'copy')).equals(bytes))
  await tiers.untilTidy()
  assert.deepEqual(await tiers.filesOn('hot'), [])
})

test('copyObject: a source drive that fails is read around', async (t) => {
  const { tiers, turn, put, get } = await tiered(t)
  const bytes = random(large)
  await put(bucket, 'k', bytes)
  const [device = 0] = tiers.devicesOf('hot')
  tiers.faults.setFault(device, { calls: 'read', errorCode: 'EIO' })
  await turn('k', 'STANDARD_IA')
  tiers.faults.setFault(device, undefined)
  assert.ok((await get(bucket, 'k')).equals(bytes))
  assert.equal(tiers.classesOf(bucket, 'k'), 'cold')
})

test('copyObject: one that fails leaves nothing, and the object as it was', async (t) => {
  const { tiers, turn, put, get } = await tiered(t)
  const bytes = random(large)
  await put(bucket, 'k', bytes)
  const before = idsOf(tiers, 'k')
  const failures = [
    { drives: 'hot', fault: { calls: 'read', errorCode: 'EIO' }, refusal: code('InternalError') },
    { drives: 'cold', fault: { calls: 'write', errorCode: 'ENOSPC' }, refusal: code('InsufficientStorage') },
    { drives: 'cold', fault: { calls: 'write', errorCode: 'EIO' }, refusal: code('ServiceUnavailable') },
  ] as const
  for (const { drives, fault, refusal } of failures) {
    tiers.fault(drives, fault)
    await assert.rejects(turn('k', 'STANDARD_IA'), refusal)
    tiers.fault(drives, undefined)
    // Drives that could not be written to could not be cleaned either.
    if (drives === 'hot') assert.deepEqual(await tiers.filesOn('cold'), [])
  }
  assert.equal(idsOf(tiers, 'k'), before)
  assert.ok((await get(bucket, 'k')).equals(bytes))
})

test('copyObject: nobody waits for it any more', async (t) => {
  const { tiers, turn, put } = await tiered(t)
  await put(bucket, 'k', random(large))
  const before = idsOf(tiers, 'k')
  const abort = new AbortController()
  tiers.fault('cold', { calls: 'write', isStuck: true })
  const turning = turn('k', 'STANDARD_IA', {}, { ...context(), signal: abort.signal })
  await tiers.untilStuck('cold')
  abort.abort(new Error('the client is gone'))
  tiers.fault('cold', undefined)
  await assert.rejects(turning, /the client is gone/)
  await until('what was written is taken back', async () => (await tiers.filesOn('cold')).length === 0)
  assert.equal(idsOf(tiers, 'k'), before)
})
