import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { actions, code, context, mebibyte, random, type StoreUnderTest } from './harness.ts'

export function testCopies(name: string, create: () => Promise<StoreUnderTest>): void {
  test(`${name}: copies`, async (t) => {
    const { store, close } = await create()
    t.after(close)
    const ctx = context()
    const { put, get, create: createBucket } = actions(store)
    await createBucket('from')
    await createBucket('to')

    await t.test('copyObject: bytes, headers and tags come along, and outlive the source', async () => {
      for (const size of [0, 100, 100_000, 2 * mebibyte]) {
        const bytes = random(size)
        const described = { content: { contentType: 'x/y' }, metadata: { a: 'b' }, tags: [{ key: 't', value: 'v' }] }
        const { etag } = await put('from', 'source', bytes, described)
        const source = { bucket: 'from', key: 'source' }
        const copied = await store.copyObject({ bucket: 'to', key: `copy-${size}`, source }, ctx)
        assert.equal(copied.etag, etag)
        await put('from', 'source', 'something else')
        await store.deleteObject(source, ctx)
        assert.ok((await get('to', `copy-${size}`)).equals(bytes), `${size} bytes`)
        const { info } = await store.headObject({ bucket: 'to', key: `copy-${size}` }, ctx)
        assert.deepEqual([info.content, { ...info.metadata }, info.tagCount], [{ contentType: 'x/y' }, { a: 'b' }, 1])
      }
    })

    await t.test('copyObject: headers and tags are replaced when given, onto itself too', async () => {
      const bytes = random(50_000)
      await put('from', 'self', bytes, { metadata: { old: '1' }, tags: [{ key: 'old', value: '1' }] })
      const source = { bucket: 'from', key: 'self' }
      const replace = { content: { contentType: 'new/type' }, metadata: { fresh: '2' } }
      await store.copyObject({ bucket: 'from', key: 'self', source, replace, tags: [] }, ctx)
      const { info } = await store.headObject(source, ctx)
      assert.deepEqual(
        [info.content, { ...info.metadata }, info.tagCount],
        [{ contentType: 'new/type' }, { fresh: '2' }, 0],
      )
      assert.ok((await get('from', 'self')).equals(bytes))
    })

    await t.test('copyObject: conditions of the source, and of the target', async () => {
      const { etag } = await put('from', 'cond', 'x')
      const copy = (conditions: object, more: object = {}) =>
        store.copyObject(
          { bucket: 'to', key: 'cond', source: { bucket: 'from', key: 'cond', conditions }, ...more },
          ctx,
        )
      await assert.rejects(copy({ ifMatch: ['no'] }), code('PreconditionFailed'))
      await assert.rejects(copy({ ifNoneMatch: [etag] }), code('PreconditionFailed'))
      await copy({ ifMatch: [etag] })
      await assert.rejects(copy({}, { conditions: { ifNoneMatch: '*' } }), code('PreconditionFailed'))
      const source = { bucket: 'from', key: 'missing' }
      await assert.rejects(store.copyObject({ bucket: 'to', key: 'x', source }, ctx), code('NoSuchKey'))
      const nowhere = { bucket: 'nowhere', key: 'k' }
      await assert.rejects(store.copyObject({ bucket: 'to', key: 'x', source: nowhere }, ctx), code('NoSuchBucket'))
    })

    await t.test('copyObject: a checksum that the source does not have is reckoned from its bytes', async () => {
      const bytes = random(300_000)
      await put('from', 'plain', bytes)
      const source = { bucket: 'from', key: 'plain' }
      const { checksum } = await store.copyObject(
        { bucket: 'to', key: 'summed', source, checksumAlgorithm: 'SHA256' },
        ctx,
      )
      const value = createHash('sha256').update(bytes).digest('base64')
      assert.deepEqual(checksum, { algorithm: 'SHA256', type: 'FULL_OBJECT', value })
      const { info } = await store.headObject({ bucket: 'to', key: 'summed' }, ctx)
      assert.deepEqual(info.checksum, checksum)
    })

    await t.test('copyObject: many copies of one source, made and deleted at once, all stay whole', async () => {
      const bytes = random(200_000)
      await put('from', 'hub', bytes)
      const source = { bucket: 'from', key: 'hub' }
      await Promise.all(
        Array.from({ length: 20 }, (_, i) => store.copyObject({ bucket: 'to', key: `hub-${i}`, source }, ctx)),
      )
      await Promise.all([
        store.deleteObject(source, ctx),
        ...Array.from({ length: 10 }, (_, i) => store.deleteObject({ bucket: 'to', key: `hub-${i}` }, ctx)),
      ])
      for (let i = 10; i < 20; i += 1) assert.ok((await get('to', `hub-${i}`)).equals(bytes))
    })
  })
}
