import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { actions, bodyOf, code, context, partBytes, random, type StoreUnderTest } from './harness.ts'

export function testMultipart(name: string, create: () => Promise<StoreUnderTest>): void {
  test(`${name}: multipart`, async (t) => {
    const { store, close } = await create()
    t.after(close)
    const ctx = context()
    const { put, get, upload, part, list, create: createBucket } = actions(store)
    await createBucket('b')
    const place = { bucket: 'b', key: 'big' }
    const bytes = random(2 * partBytes + 100)
    const pieces = [
      bytes.subarray(0, partBytes),
      bytes.subarray(partBytes, 2 * partBytes),
      bytes.subarray(2 * partBytes),
    ]

    /** Uploads the three pieces as parts 1, 5 and 9. */
    async function uploadPieces(key: string, more: object = {}) {
      const uploadId = await upload('b', key, more)
      const parts = await Promise.all(pieces.map((piece, index) => part('b', key, uploadId, 1 + 4 * index, piece)))
      return { uploadId, parts }
    }

    await t.test('completeMultipartUpload: the parts become one object; until then there is none', async () => {
      const { uploadId, parts } = await uploadPieces('big', { content: { contentType: 'x/y' }, metadata: { a: 'b' } })
      await assert.rejects(get('b', 'big'), code('NoSuchKey'))
      const { etag } = await store.completeMultipartUpload({ ...place, uploadId, parts }, ctx)
      const md5s = pieces.map((piece) => createHash('md5').update(piece).digest())
      assert.equal(etag, `${createHash('md5').update(Buffer.concat(md5s)).digest('hex')}-3`)
      assert.ok((await get('b', 'big')).equals(bytes))
      const range = { first: partBytes - 5, last: partBytes + 5 }
      assert.ok((await get('b', 'big', { range })).equals(bytes.subarray(range.first, range.last + 1)))
      const { info } = await store.headObject(place, ctx)
      assert.deepEqual(
        [info.etag, info.partsCount, info.content, { ...info.metadata }],
        [etag, 3, { contentType: 'x/y' }, { a: 'b' }],
      )
      assert.deepEqual(await list('b'), ['big'])
    })

    await t.test('completeMultipartUpload: done twice gives the same answer', async () => {
      const { uploadId, parts } = await uploadPieces('twice')
      const input = { bucket: 'b', key: 'twice', uploadId, parts }
      const first = await store.completeMultipartUpload(input, ctx)
      assert.deepEqual(await store.completeMultipartUpload(input, ctx), first)
      await store.deleteObject({ bucket: 'b', key: 'twice' }, ctx)
      assert.deepEqual(await store.completeMultipartUpload(input, ctx), first)
      await assert.rejects(get('b', 'twice'), code('NoSuchKey'))
    })

    await t.test('getObject: by part number', async () => {
      for (const [index, piece] of pieces.entries()) {
        const reader = await store.getObject({ ...place, partNumber: index + 1 }, ctx)
        assert.equal(reader.info.partsCount, 3)
        await reader.close()
        assert.ok((await get('b', 'big', { partNumber: index + 1 })).equals(piece))
      }
      await assert.rejects(get('b', 'big', { partNumber: 4 }), code('InvalidPart'))
      await put('b', 'plain', 'bytes')
      assert.equal((await get('b', 'plain', { partNumber: 1 })).toString(), 'bytes')
      await assert.rejects(get('b', 'plain', { partNumber: 2 }), code('InvalidPart'))
    })

    await t.test('getObjectAttributes: pages of parts', async () => {
      const input = { ...place, attributes: ['ObjectParts'] as const, maxParts: 2, partNumberMarker: 0 }
      const { parts } = await store.getObjectAttributes(input, ctx)
      assert.deepEqual([parts?.totalCount, parts?.isTruncated], [3, true])
      assert.deepEqual(
        parts?.page.map(({ partNumber, sizeBytes }) => [partNumber, sizeBytes]),
        [
          [1, partBytes],
          [2, partBytes],
        ],
      )
      const rest = await store.getObjectAttributes({ ...input, partNumberMarker: 2 }, ctx)
      assert.deepEqual([rest.parts?.page[0]?.sizeBytes, rest.parts?.isTruncated], [100, false])
      const plain = await store.getObjectAttributes({ ...input, key: 'plain' }, ctx)
      assert.equal(plain.parts, undefined)
    })

    await t.test('uploadPart: sent again it replaces; listParts pages', async () => {
      const uploadId = await upload('b', 'resent')
      await part('b', 'resent', uploadId, 2, random(100))
      const second = await part('b', 'resent', uploadId, 2, pieces[2] as Buffer)
      const first = await part('b', 'resent', uploadId, 1, pieces[0] as Buffer)
      const request = { bucket: 'b', key: 'resent', uploadId, maxParts: 1, partNumberMarker: 0 }
      const page = await store.listParts(request, ctx)
      assert.deepEqual(
        [page.parts.map(({ partNumber, etag }) => [partNumber, etag]), page.isTruncated],
        [[[1, first.etag]], true],
      )
      const rest = await store.listParts({ ...request, partNumberMarker: 1 }, ctx)
      assert.deepEqual(
        [rest.parts.map(({ partNumber, sizeBytes }) => [partNumber, sizeBytes]), rest.isTruncated],
        [[[2, 100]], false],
      )
      await store.completeMultipartUpload({ bucket: 'b', key: 'resent', uploadId, parts: [first, second] }, ctx)
      assert.ok((await get('b', 'resent')).equals(Buffer.concat([pieces[0] as Buffer, pieces[2] as Buffer])))
    })

    await t.test('completeMultipartUpload: what is wrong with the list is said, and the upload goes on', async () => {
      const { uploadId, parts } = await uploadPieces('wrong')
      const complete = (list: typeof parts, more: object = {}) =>
        store.completeMultipartUpload({ bucket: 'b', key: 'wrong', uploadId, parts: list, ...more }, ctx)
      const [one, five, nine] = parts as [(typeof parts)[0], (typeof parts)[0], (typeof parts)[0]]
      await assert.rejects(complete([five, one]), code('InvalidPartOrder'))
      await assert.rejects(complete([{ ...one, etag: 'f'.repeat(32) }]), code('InvalidPart'))
      await assert.rejects(complete([one, { partNumber: 7, etag: five.etag }]), code('InvalidPart'))
      await assert.rejects(complete([five, { ...nine, partNumber: 10 }]), code('InvalidPart'))
      const small = await part('b', 'wrong', uploadId, 2, random(10))
      await assert.rejects(complete([one, small, five]), code('EntityTooSmall'))
      await assert.rejects(complete([one], { expected: { sizeBytes: 1 } }), code('InvalidRequest'))
      await complete([one])
      assert.ok((await get('b', 'wrong')).equals(pieces[0] as Buffer))
    })

    await t.test('completeMultipartUpload: conditions hold', async () => {
      await put('b', 'cond', 'x')
      const { uploadId, parts } = await uploadPieces('cond')
      const input = { bucket: 'b', key: 'cond', uploadId, parts }
      await assert.rejects(
        store.completeMultipartUpload({ ...input, conditions: { ifNoneMatch: '*' } }, ctx),
        code('PreconditionFailed'),
      )
      assert.equal((await get('b', 'cond')).toString(), 'x')
      await store.completeMultipartUpload({ ...input, conditions: { ifMatch: '*' } }, ctx)
      assert.ok((await get('b', 'cond')).equals(bytes))
    })

    await t.test('abortMultipartUpload: the upload is gone, and others are not', async () => {
      const other = await upload('b', 'aborted')
      const { uploadId, parts } = await uploadPieces('aborted')
      const input = { bucket: 'b', key: 'aborted', uploadId }
      await store.abortMultipartUpload(input, ctx)
      await assert.rejects(store.abortMultipartUpload(input, ctx), code('NoSuchUpload'))
      await assert.rejects(store.completeMultipartUpload({ ...input, parts }, ctx), code('NoSuchUpload'))
      await assert.rejects(part('b', 'aborted', uploadId, 1, Buffer.from('x')), code('NoSuchUpload'))
      await part('b', 'aborted', other, 1, Buffer.from('x'))
      await assert.rejects(part('b', 'another-key', other, 1, Buffer.from('x')), code('NoSuchUpload'))
      await assert.rejects(part('b', 'aborted', 'no-such-id', 1, Buffer.from('x')), code('NoSuchUpload'))
    })

    await t.test('uploadPartCopy: ranges of one or several parts, without moving their source', async () => {
      const uploadId = await upload('b', 'composed')
      const copy = (partNumber: number, range?: { first: number; last: number }) =>
        store.uploadPartCopy({ bucket: 'b', key: 'composed', uploadId, partNumber, source: place, range }, ctx)
      const ranges = [
        { first: 3, last: partBytes + 10 },
        { first: 10, last: 2 * partBytes + 50 },
        { first: 0, last: 0 },
      ]
      const parts = []
      for (const [index, range] of ranges.entries())
        parts.push({ partNumber: index + 1, etag: (await copy(index + 1, range)).etag })
      await assert.rejects(
        copy(4, { first: 0, last: bytes.length }),
        /InvalidArgument|InvalidRange|not valid|not satisfiable/,
      )
      await store.completeMultipartUpload({ bucket: 'b', key: 'composed', uploadId, parts }, ctx)
      const expected = Buffer.concat(ranges.map(({ first, last }) => bytes.subarray(first, last + 1)))
      await store.deleteObject(place, ctx)
      assert.ok((await get('b', 'composed')).equals(expected))
      const range = { first: partBytes, last: partBytes + 20 }
      assert.ok((await get('b', 'composed', { range })).equals(expected.subarray(range.first, range.last + 1)))
    })

    await t.test('checksums: of parts and of the whole', async () => {
      for (const checksum of [
        { algorithm: 'SHA256', type: 'COMPOSITE' },
        { algorithm: 'CRC32C', type: 'FULL_OBJECT' },
      ] as const) {
        const { uploadId, parts } = await uploadPieces('summed', { checksum })
        const listed = await store.listParts(
          { bucket: 'b', key: 'summed', uploadId, maxParts: 10, partNumberMarker: 0 },
          ctx,
        )
        assert.ok(listed.parts.every((p) => p.checksum?.algorithm === checksum.algorithm))
        const done = await store.completeMultipartUpload({ bucket: 'b', key: 'summed', uploadId, parts }, ctx)
        assert.equal(done.checksum?.type, checksum.type)
        assert.equal(done.checksum?.value.endsWith('-3'), checksum.type === 'COMPOSITE')
        const { info } = await store.headObject({ bucket: 'b', key: 'summed' }, ctx)
        assert.deepEqual(info.checksum, done.checksum)
        const attributes = {
          bucket: 'b',
          key: 'summed',
          attributes: ['ObjectParts'] as const,
          maxParts: 9,
          partNumberMarker: 0,
        }
        const { parts: shown } = await store.getObjectAttributes(attributes, ctx)
        assert.deepEqual(
          shown?.page.map((p) => p.checksum?.value),
          listed.parts.map((p) => p.checksum?.value),
        )
      }
    })

    await t.test('uploadPart: a part that comes while the upload is completed is in it or refused', async () => {
      for (let round = 0; round < 5; round += 1) {
        const uploadId = await upload('b', 'raced')
        const first = await part('b', 'raced', uploadId, 1, Buffer.from('first'))
        const body = bodyOf(Buffer.from('later'))
        const [completed, later] = await Promise.allSettled([
          store.completeMultipartUpload({ bucket: 'b', key: 'raced', uploadId, parts: [first] }, ctx),
          store.uploadPart({ bucket: 'b', key: 'raced', uploadId, partNumber: 2, body }, ctx),
        ])
        assert.equal(completed.status, 'fulfilled')
        if (later.status === 'rejected') assert.equal(later.reason.code, 'NoSuchUpload')
        assert.equal((await get('b', 'raced')).toString(), 'first')
      }
    })
  })
}
