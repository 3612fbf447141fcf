import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { S3Error } from '@headrace/s3'
import { actions, bodyOf, code, context, mebibyte, random, type StoreUnderTest } from './harness.ts'

/** Around every border that stores have: inline, block, segment, span. */
const sizes = [
  0,
  1,
  16_383,
  16_384,
  16_385,
  65_535,
  65_536,
  65_537,
  mebibyte - 1,
  mebibyte,
  mebibyte + 1,
  3 * mebibyte + 5,
]

export function testObjects(name: string, create: () => Promise<StoreUnderTest>): void {
  test(`${name}: objects`, async (t) => {
    const { store, close } = await create()
    t.after(close)
    const ctx = context()
    const { put, get, list, create: createBucket } = actions(store)
    await createBucket('b')

    await t.test(
      'putObject, getObject: every size comes back byte for byte, its size known beforehand or not',
      async () => {
        for (const size of sizes) {
          const bytes = random(size)
          for (const sizeKnown of [true, false]) {
            const body = bodyOf(bytes, { sizeKnown, pieceBytes: 50_000 })
            const output = await store.putObject(
              { bucket: 'b', key: 'k', body, content: {}, metadata: {}, tags: [] },
              ctx,
            )
            assert.equal(output.etag, createHash('md5').update(bytes).digest('hex'))
            assert.ok((await get('b', 'k')).equals(bytes), `${size} bytes, size known: ${sizeKnown}`)
          }
        }
      },
    )

    await t.test('getObject: ranges touch what they name and nothing else', async () => {
      const bytes = random(2 * mebibyte + 17)
      await put('b', 'ranged', bytes)
      const ranges = [
        [0, 0],
        [65_535, 65_536],
        [65_536, 131_071],
        [mebibyte - 1, mebibyte + 1],
        [bytes.length - 1, bytes.length - 1],
        [5, 10 ** 12],
      ]
      for (const [first = 0, last = 0] of ranges) {
        const expected = bytes.subarray(first, last + 1)
        assert.ok((await get('b', 'ranged', { range: { first, last } })).equals(expected), `${first}-${last}`)
      }
      assert.ok((await get('b', 'ranged', { range: { suffixBytes: 20 } })).equals(bytes.subarray(-20)))
      assert.ok((await get('b', 'ranged', { range: { first: 7 } })).equals(bytes.subarray(7)))
      await assert.rejects(get('b', 'ranged', { range: { first: bytes.length } }), code('InvalidRange'))
      const reader = await store.getObject({ bucket: 'b', key: 'ranged', range: { first: 1, last: 2 } }, ctx)
      assert.deepEqual(reader.selection, { first: 1, last: 2 })
      assert.equal(reader.info.sizeBytes, bytes.length)
      await reader.close()
    })

    await t.test('headObject: content headers, metadata and tags are kept as they came', async () => {
      const content = {
        contentType: 'text/x; charset=utf-8',
        contentEncoding: 'gzip',
        contentDisposition: 'attachment',
        contentLanguage: 'de',
        cacheControl: 'no-store',
        expires: 'Thu, 01 Jan 1970 00:00:00 GMT',
      }
      // `__proto__` and `constructor` are names like others.
      const names = { a: 'b', empty: '', long: 'x'.repeat(1500), constructor: 'd' }
      const metadata = Object.fromEntries([...Object.entries(names), ['__proto__', 'c']])
      await put('b', 'described', 'bytes', { content, metadata, tags: [{ key: 'k', value: 'v' }] })
      const { info } = await store.headObject({ bucket: 'b', key: 'described' }, ctx)
      assert.deepEqual(info.content, content)
      assert.deepEqual({ ...info.metadata }, metadata)
      assert.equal(info.tagCount, 1)
      assert.equal(info.sizeBytes, 5)
      assert.equal(info.storageClass, 'STANDARD')
      await assert.rejects(store.headObject({ bucket: 'b', key: 'missing' }, ctx), code('NoSuchKey'))
    })

    await t.test('putObject: a body that fails leaves nothing, and what was there stays', async () => {
      await put('b', 'safe', 'old')
      const broken = new S3Error('BadDigest')
      for (const size of [10, 100_000, 3 * mebibyte]) {
        for (const key of ['safe', 'new']) {
          const body = bodyOf(random(size), { fails: broken })
          await assert.rejects(
            store.putObject({ bucket: 'b', key, body, content: {}, metadata: {}, tags: [] }, ctx),
            code('BadDigest'),
          )
        }
      }
      assert.equal((await get('b', 'safe')).toString(), 'old')
      await assert.rejects(get('b', 'new'), code('NoSuchKey'))
    })

    await t.test('getObject: an open reader delivers the version that it opened', async () => {
      for (const size of [10, 200_000, 3 * mebibyte]) {
        const before = random(size)
        await put('b', 'replaced', before)
        const reader = await store.getObject({ bucket: 'b', key: 'replaced' }, ctx)
        await put('b', 'replaced', 'after')
        await store.deleteObject({ bucket: 'b', key: 'replaced' }, ctx)
        const chunks: Buffer[] = []
        await reader.readInto({
          write(chunk) {
            chunks.push(Buffer.from(chunk))
            return undefined
          },
        })
        await reader.close()
        assert.ok(Buffer.concat(chunks).equals(before), `${size} bytes`)
      }
    })

    await t.test('getObject: a range of another version is the whole of this one', async () => {
      const { etag } = await put('b', 'resumed', '0123456789')
      const range = { first: 5 }
      assert.equal((await get('b', 'resumed', { range, ifRange: { etag } })).toString(), '56789')
      assert.equal((await get('b', 'resumed', { range, ifRange: { etag: 'another' } })).toString(), '0123456789')
    })

    await t.test('conditions: of reads and of writes', async () => {
      const { etag } = await put('b', 'cond', 'one')
      const later = Date.now() + 60_000
      assert.equal((await get('b', 'cond', { conditions: { ifMatch: [etag] } })).toString(), 'one')
      await assert.rejects(get('b', 'cond', { conditions: { ifMatch: ['x'] } }), code('PreconditionFailed'))
      await assert.rejects(get('b', 'cond', { conditions: { ifNoneMatch: [etag] } }), code('NotModified'))
      await assert.rejects(get('b', 'cond', { conditions: { ifModifiedSinceMs: later } }), code('NotModified'))
      await assert.rejects(get('b', 'cond', { conditions: { ifUnmodifiedSinceMs: 0 } }), code('PreconditionFailed'))
      await assert.rejects(put('b', 'cond', 'two', { conditions: { ifNoneMatch: '*' } }), code('PreconditionFailed'))
      await assert.rejects(put('b', 'cond', 'two', { conditions: { ifMatch: ['x'] } }), code('PreconditionFailed'))
      await assert.rejects(put('b', 'cond-missing', 'two', { conditions: { ifMatch: '*' } }), code('NoSuchKey'))
      await put('b', 'cond', 'two', { conditions: { ifMatch: [etag] } })
      await put('b', 'cond-new', 'x', { conditions: { ifNoneMatch: '*' } })
      assert.equal((await get('b', 'cond')).toString(), 'two')
    })

    await t.test('putObject: of many conditional writes at once, exactly one succeeds', async () => {
      for (const size of [10, 100_000, 2 * mebibyte]) {
        const key = `race-${size}`
        const attempts = Array.from({ length: 8 }, () =>
          put('b', key, random(size), { conditions: { ifNoneMatch: '*' } }),
        )
        const results = await Promise.allSettled(attempts)
        assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1, `${size} bytes`)
      }
    })

    await t.test('deleteObject: a missing key is no failure; If-Match holds', async () => {
      await store.deleteObject({ bucket: 'b', key: 'never-was' }, ctx)
      const { etag } = await put('b', 'to-delete', 'x')
      await assert.rejects(
        store.deleteObject({ bucket: 'b', key: 'to-delete', ifMatch: ['y'] }, ctx),
        code('PreconditionFailed'),
      )
      await store.deleteObject({ bucket: 'b', key: 'to-delete', ifMatch: [etag] }, ctx)
      await assert.rejects(get('b', 'to-delete'), code('NoSuchKey'))
    })

    await t.test('deleteObjects: by key, with the failures apart', async () => {
      const { etag } = await put('b', 'd1', 'x')
      await put('b', 'd2', 'x')
      const objects = [{ key: 'd1', etag }, { key: 'd2', etag: 'wrong' }, { key: 'd3' }, { key: 'd1' }]
      const { deleted, errors } = await store.deleteObjects({ bucket: 'b', quiet: false, objects }, ctx)
      assert.deepEqual(
        deleted.map(({ key }) => key),
        ['d1', 'd3', 'd1'],
      )
      assert.deepEqual(
        errors.map((error) => [error.key, error.code]),
        [['d2', 'PreconditionFailed']],
      )
      assert.deepEqual(await list('b', { prefix: 'd' }), ['d2', 'described'])
    })

    await t.test('tagging: is replaced, counted and removed; the object stays what it was', async () => {
      await put('b', 'tagged', 'bytes', { metadata: { long: 'y'.repeat(1900) } })
      const before = (await store.headObject({ bucket: 'b', key: 'tagged' }, ctx)).info
      const tags = Array.from({ length: 10 }, (_, i) => ({ key: `k${i}`, value: 'v'.repeat(200) }))
      await store.putObjectTagging({ bucket: 'b', key: 'tagged', tags }, ctx)
      assert.deepEqual((await store.getObjectTagging({ bucket: 'b', key: 'tagged' }, ctx)).tags, tags)
      const { info } = await store.headObject({ bucket: 'b', key: 'tagged' }, ctx)
      assert.deepEqual({ ...info, tagCount: 0 }, before)
      assert.equal(info.tagCount, 10)
      await store.deleteObjectTagging({ bucket: 'b', key: 'tagged' }, ctx)
      assert.deepEqual((await store.getObjectTagging({ bucket: 'b', key: 'tagged' }, ctx)).tags, [])
      assert.equal((await get('b', 'tagged')).toString(), 'bytes')
      await assert.rejects(store.putObjectTagging({ bucket: 'b', key: 'missing', tags }, ctx), code('NoSuchKey'))
    })
  })
}
