import assert from 'node:assert/strict'
import { test } from 'node:test'
import { archiveClasses, type StorageClass, storageClasses } from '@headrace/s3'
import { actions, context, mebibyte, random, type StoreUnderTest } from './harness.ts'

export function testStorageClasses(name: string, create: () => Promise<StoreUnderTest>): void {
  test(`${name}: storage classes`, async (t) => {
    const { store, close } = await create()
    t.after(close)
    const ctx = context()
    const { put, get, upload, part, create: createBucket } = actions(store)
    await createBucket('b')
    const classOf = async (key: string) => (await store.headObject({ bucket: 'b', key }, ctx)).info.storageClass
    const source = (key: string) => ({ bucket: 'b', key })

    /** What listings say, by key. */
    async function listed(prefix: string) {
      const input = { bucket: 'b', prefix, delimiter: '', maxKeys: 1000 }
      const { objects } = await store.listObjectsV2({ ...input, startAfter: '' }, ctx)
      const { versions } = await store.listObjectVersions({ ...input, keyMarker: '' }, ctx)
      const shown = (list: readonly { key: string; storageClass?: string }[]) =>
        Object.fromEntries(list.map((item) => [item.key, item.storageClass]))
      assert.deepEqual(shown(versions), shown(objects))
      return shown(objects)
    }

    await t.test('putObject: the class is kept, shown by reads and by listings', async () => {
      const written = storageClasses.filter((storageClass) => !archiveClasses.has(storageClass))
      for (const size of [10, 100_000, 2 * mebibyte]) {
        const bytes = random(size)
        for (const storageClass of written) {
          const key = `${size}/${storageClass}`
          await put('b', key, bytes, { storageClass })
          const reader = await store.getObject(source(key), ctx)
          assert.equal(reader.info.storageClass, storageClass)
          await reader.close()
          assert.equal(await classOf(key), storageClass)
          assert.ok((await get('b', key)).equals(bytes))
        }
        assert.deepEqual(
          await listed(`${size}/`),
          Object.fromEntries([...written].sort().map((storageClass) => [`${size}/${storageClass}`, storageClass])),
        )
      }
      await put('b', 'none', 'x')
      assert.equal(await classOf('none'), 'STANDARD')
      const attributes = { ...source('10/STANDARD_IA'), attributes: ['StorageClass'], maxParts: 1, partNumberMarker: 0 }
      const { info } = await store.getObjectAttributes(attributes as never, ctx)
      assert.equal(info.storageClass, 'STANDARD_IA')
    })

    await t.test('putObject: an overwrite has the class that it names, or none', async () => {
      await put('b', 'over', 'x', { storageClass: 'ONEZONE_IA' })
      await put('b', 'over', 'y')
      assert.equal(await classOf('over'), 'STANDARD')
    })

    await t.test('putObjectTagging, putObjectAcl: leave the class as it is', async () => {
      await put('b', 'changed', 'x', { storageClass: 'GLACIER_IR' })
      await store.putObjectTagging({ ...source('changed'), tags: [{ key: 'k', value: 'v' }] }, ctx)
      await store.putObjectAcl({ ...source('changed'), acl: 'public-read', ownerIds: [] }, ctx)
      assert.equal(await classOf('changed'), 'GLACIER_IR')
    })

    await t.test('copyObject: the class is the one named, and not that of the source', async () => {
      const bytes = random(200_000)
      await put('b', 'cold', bytes, { storageClass: 'STANDARD_IA' })
      await store.copyObject({ bucket: 'b', key: 'copy', source: source('cold') }, ctx)
      assert.equal(await classOf('copy'), 'STANDARD')
      const onto = async (storageClass: StorageClass) =>
        await store.copyObject({ bucket: 'b', key: 'cold', source: source('cold'), storageClass }, ctx)
      for (const storageClass of ['GLACIER_IR', 'GLACIER_IR', 'STANDARD'] as const) {
        await onto(storageClass)
        assert.equal(await classOf('cold'), storageClass)
        assert.ok((await get('b', 'cold')).equals(bytes))
      }
    })

    await t.test('createMultipartUpload: the class is shown of the upload, and is that of the object', async () => {
      const uploadId = await upload('b', 'parts', { storageClass: 'INTELLIGENT_TIERING', metadata: { a: 'b' } })
      const place = { bucket: 'b', key: 'parts', uploadId }
      const piece = await part('b', 'parts', uploadId, 1, random(100_000))
      const parts = await store.listParts({ ...place, maxParts: 1000, partNumberMarker: 0 }, ctx)
      assert.equal(parts.storageClass, 'INTELLIGENT_TIERING')
      const plain = await upload('b', 'parts-plain')
      const input = { bucket: 'b', prefix: 'parts', delimiter: '', keyMarker: '', maxUploads: 10 }
      const { uploads } = await store.listMultipartUploads(input, ctx)
      assert.deepEqual(
        uploads.map((item) => [item.key, item.storageClass]),
        [
          ['parts', 'INTELLIGENT_TIERING'],
          ['parts-plain', 'STANDARD'],
        ],
      )
      const plainPlace = { bucket: 'b', key: 'parts-plain', uploadId: plain }
      const plainParts = await store.listParts({ ...plainPlace, maxParts: 1, partNumberMarker: 0 }, ctx)
      assert.equal(plainParts.storageClass, 'STANDARD')
      await store.completeMultipartUpload({ ...place, parts: [piece] }, ctx)
      assert.equal(await classOf('parts'), 'INTELLIGENT_TIERING')
      assert.deepEqual(await listed('parts'), { parts: 'INTELLIGENT_TIERING' })
    })
  })
}
