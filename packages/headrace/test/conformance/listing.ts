import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actions, context, type StoreUnderTest } from './harness.ts'

export function testListing(name: string, create: () => Promise<StoreUnderTest>): void {
  test(`${name}: listing`, async (t) => {
    const { store, close } = await create()
    t.after(close)
    const ctx = context()
    const { put, list, upload, create: createBucket } = actions(store)
    await createBucket('b')
    await createBucket('neighbour')
    await put('neighbour', 'a', 'x')
    const odd = [
      'a b',
      'a+b',
      'a%2Fb',
      '/lead',
      '//two',
      'x/../y',
      './z',
      'new\nline',
      '\u0001ctrl',
      'ü',
      '\uffee',
      '\u{1f600}',
      'obj',
      'obj+',
      'obj/',
      'obj1',
      'k'.repeat(1024),
    ]
    for (const key of odd) await put('b', key, key)

    await t.test('listObjectsV2: keys are kept exactly, in the order of their UTF-8 bytes', async () => {
      const expected = [...odd].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      assert.deepEqual(await list('b'), expected)
      assert.deepEqual(await list('b', { prefix: 'obj' }), ['obj', 'obj+', 'obj/', 'obj1'])
      assert.deepEqual(await list('b', { startAfter: 'obj/' }), expected.slice(expected.indexOf('obj/') + 1))
    })

    await t.test('listObjectsV2: pages and common prefixes', async () => {
      const keys = ['p/a', 'p/b/1', 'p/b/2', 'p/c/1', 'p/d']
      for (const key of keys) await put('b', key, 'x')
      const request = { bucket: 'b', prefix: 'p/', delimiter: '/', maxKeys: 2 }
      const pages: unknown[] = []
      let startAfter: string | undefined = ''
      while (startAfter !== undefined) {
        const page: Awaited<ReturnType<typeof store.listObjectsV2>> = await store.listObjectsV2(
          { ...request, startAfter },
          ctx,
        )
        pages.push([page.objects.map(({ key }) => key), page.commonPrefixes])
        startAfter = page.nextStartAfter
      }
      assert.deepEqual(pages, [
        [['p/a'], ['p/b/']],
        [['p/d'], ['p/c/']],
      ])
      const none = await store.listObjectsV2({ ...request, maxKeys: 0, startAfter: '' }, ctx)
      assert.deepEqual([none.objects, none.commonPrefixes, none.nextStartAfter], [[], [], undefined])
    })

    await t.test('listObjects and listObjectVersions: say the same of unversioned objects', async () => {
      const input = { bucket: 'b', prefix: 'obj', delimiter: '', maxKeys: 3 }
      const v1 = await store.listObjects({ ...input, startAfter: '' }, ctx)
      assert.deepEqual(
        v1.objects.map(({ key }) => key),
        ['obj', 'obj+', 'obj/'],
      )
      const { versions, next } = await store.listObjectVersions({ ...input, keyMarker: '' }, ctx)
      assert.deepEqual(
        versions.map(({ key, versionId, isLatest, isDeleteMarker }) => [key, versionId, isLatest, isDeleteMarker]),
        ['obj', 'obj+', 'obj/'].map((key) => [key, 'null', true, false]),
      )
      assert.equal(next?.keyMarker, 'obj/')
      const rest = await store.listObjectVersions({ ...input, keyMarker: 'obj/', versionIdMarker: 'null' }, ctx)
      assert.deepEqual([rest.versions.map(({ key }) => key), rest.next], [['obj1'], undefined])
    })

    await t.test('listObjectsV2: shows size, ETag, time, class and kind of checksum', async () => {
      const { etag } = await put('b', 'shown', '12345')
      const { objects, owner } = await store.listObjectsV2(
        { bucket: 'b', prefix: 'shown', delimiter: '', startAfter: '', maxKeys: 1 },
        ctx,
      )
      assert.equal(owner.displayName, 'alice')
      const { lastModifiedMs, ...rest } = objects[0] as (typeof objects)[number]
      assert.ok(Math.abs(lastModifiedMs - Date.now()) < 60_000)
      assert.deepEqual(rest, { key: 'shown', sizeBytes: 5, etag, storageClass: 'STANDARD', checksum: undefined })
    })

    await t.test('listMultipartUploads: by key, then by age, in pages, with prefixes', async () => {
      await createBucket('ups')
      const first = await upload('ups', 'k')
      await new Promise((resolve) => setTimeout(resolve, 5))
      const second = await upload('ups', 'k')
      await upload('ups', 'dir/x')
      const request = { bucket: 'ups', prefix: '', delimiter: '', keyMarker: '', maxUploads: 2 }
      const page = await store.listMultipartUploads(request, ctx)
      assert.deepEqual(
        page.uploads.map(({ key, uploadId }) => [key, key === 'k' ? uploadId : '']),
        [
          ['dir/x', ''],
          ['k', first],
        ],
      )
      assert.deepEqual(page.next, { keyMarker: 'k', uploadIdMarker: first })
      const rest = await store.listMultipartUploads({ ...request, ...page.next }, ctx)
      assert.deepEqual(
        rest.uploads.map(({ uploadId }) => uploadId),
        [second],
      )
      assert.equal(rest.next, undefined)
      const rolled = await store.listMultipartUploads({ ...request, delimiter: '/', maxUploads: 10 }, ctx)
      assert.deepEqual([rolled.commonPrefixes, rolled.uploads.length], [['dir/'], 2])
    })
  })
}
