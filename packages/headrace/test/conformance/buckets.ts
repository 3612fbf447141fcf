import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actions, code, context, principal, type StoreUnderTest } from './harness.ts'

export function testBuckets(name: string, create: () => Promise<StoreUnderTest>): void {
  test(`${name}: buckets`, async (t) => {
    const { store, close } = await create()
    t.after(close)
    const alice = context(principal('alice'))
    const bob = context(principal('bob'))
    const root = context(principal('root', true))

    await t.test('createBucket: again by its owner changes nothing, by another is refused', async () => {
      await store.createBucket({ bucket: 'mine', location: 'eu-west-1' }, alice)
      await actions(store).put('mine', 'kept', 'x')
      await store.createBucket({ bucket: 'mine', location: '' }, alice)
      assert.deepEqual(await actions(store).list('mine'), ['kept'])
      await assert.rejects(store.createBucket({ bucket: 'mine', location: '' }, bob), code('BucketAlreadyExists'))
      assert.equal((await store.getBucketLocation({ bucket: 'mine' }, alice)).location, 'eu-west-1')
    })

    await t.test('headBucket: tells owner and time; missing bucket is NoSuchBucket', async () => {
      const { bucket } = await store.headBucket({ bucket: 'mine' }, alice)
      assert.equal(bucket.owner.displayName, 'alice')
      assert.ok(bucket.createdMs > 0)
      await assert.rejects(store.headBucket({ bucket: 'nobodys' }, alice), code('NoSuchBucket'))
      await assert.rejects(store.getBucketLocation({ bucket: 'nobodys' }, alice), code('NoSuchBucket'))
    })

    await t.test('listBuckets: everybody sees the own ones, the root owner all, in order and in pages', async () => {
      for (const bucket of ['b-2', 'b-1', 'a-1']) await store.createBucket({ bucket, location: '' }, bob)
      const names = async (input: object, ctx = bob) => (await store.listBuckets(input, ctx)).buckets.map((b) => b.name)
      assert.deepEqual(await names({}), ['a-1', 'b-1', 'b-2'])
      assert.deepEqual(await names({}, alice), ['mine'])
      assert.deepEqual(await names({}, root), ['a-1', 'b-1', 'b-2', 'mine'])
      assert.deepEqual(await names({ prefix: 'b' }), ['b-1', 'b-2'])
      const page = await store.listBuckets({ maxBuckets: 2 }, bob)
      assert.equal(page.nextStartAfter, 'b-1')
      assert.deepEqual(await names({ startAfter: page.nextStartAfter }), ['b-2'])
      assert.equal((await store.listBuckets({ maxBuckets: 3 }, bob)).nextStartAfter, undefined)
    })

    await t.test('ACLs: are private at first, and what they were set to', async () => {
      const { owner, acl } = await store.getBucketAcl({ bucket: 'mine' }, alice)
      assert.equal(acl, 'private')
      assert.equal(owner.displayName, 'alice')
      assert.deepEqual(await store.getObjectAcl({ bucket: 'mine', key: 'kept' }, alice), { owner, acl })
      await assert.rejects(store.getObjectAcl({ bucket: 'mine', key: 'missing' }, alice), code('NoSuchKey'))
      for (const next of ['public-read', 'public-read-write', 'authenticated-read', 'private'] as const) {
        for (const ownerIds of [[], [owner.id]]) {
          await store.putBucketAcl({ bucket: 'mine', acl: next, ownerIds }, alice)
          await store.putObjectAcl({ bucket: 'mine', key: 'kept', acl: next, ownerIds }, alice)
          assert.equal((await store.getBucketAcl({ bucket: 'mine' }, alice)).acl, next)
          assert.equal((await store.getObjectAcl({ bucket: 'mine', key: 'kept' }, alice)).acl, next)
        }
      }
      const { put, upload, part } = actions(store)
      await put('mine', 'open', 'x', { acl: 'public-read' })
      const source = { bucket: 'mine', key: 'open' }
      await store.copyObject({ bucket: 'mine', key: 'copy', source }, alice)
      const uploadId = await upload('mine', 'composed', { acl: 'authenticated-read' })
      const parts = [await part('mine', 'composed', uploadId, 1, Buffer.from('x'))]
      await store.completeMultipartUpload({ bucket: 'mine', key: 'composed', uploadId, parts }, alice)
      for (const [key, expected] of [
        ['open', 'public-read'],
        ['copy', 'private'],
        ['composed', 'authenticated-read'],
      ] as const) {
        assert.equal((await store.getObjectAcl({ bucket: 'mine', key }, alice)).acl, expected, key)
        await store.deleteObject({ bucket: 'mine', key }, alice)
      }
      const others = { bucket: 'mine', acl: 'private', ownerIds: [owner.id, 'x'.repeat(64)] } as const
      await assert.rejects(store.putBucketAcl(others, alice), code('AccessControlListNotSupported'))
      await assert.rejects(store.putObjectAcl({ ...others, key: 'kept' }, alice), code('AccessControlListNotSupported'))
    })

    await t.test('deleteBucket: only an empty one; made anew it is empty', async () => {
      await assert.rejects(store.deleteBucket({ bucket: 'mine' }, alice), code('BucketNotEmpty'))
      await store.deleteObject({ bucket: 'mine', key: 'kept' }, alice)
      const uploadId = await actions(store).upload('mine', 'under-way')
      await store.deleteBucket({ bucket: 'mine' }, alice)
      await assert.rejects(store.deleteBucket({ bucket: 'mine' }, alice), code('NoSuchBucket'))
      await store.createBucket({ bucket: 'mine', location: '' }, bob)
      assert.deepEqual(await actions(store).list('mine'), [])
      await assert.rejects(
        actions(store).part('mine', 'under-way', uploadId, 1, Buffer.from('x')),
        code('NoSuchUpload'),
      )
    })

    await t.test('every operation on a missing bucket is NoSuchBucket', async () => {
      const { put, get, list, upload } = actions(store)
      await assert.rejects(put('nobodys', 'k', 'x'), code('NoSuchBucket'))
      await assert.rejects(get('nobodys', 'k'), code('NoSuchBucket'))
      await assert.rejects(list('nobodys'), code('NoSuchBucket'))
      await assert.rejects(upload('nobodys', 'k'), code('NoSuchBucket'))
      await assert.rejects(store.deleteObject({ bucket: 'nobodys', key: 'k' }, alice), code('NoSuchBucket'))
      const none = { objects: [{ key: 'k' }], quiet: false }
      await assert.rejects(store.deleteObjects({ bucket: 'nobodys', ...none }, alice), code('NoSuchBucket'))
    })
  })
}
