import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { type CompleteMultipartUploadInput, createChecksum, type UploadChecksum } from '@headrace/s3'
import { actions, bodyOf, code, context, random, type StoreUnderTest } from './harness.ts'

const composite: UploadChecksum = { algorithm: 'SHA256', type: 'COMPOSITE' }
const full: UploadChecksum = { algorithm: 'CRC32C', type: 'FULL_OBJECT' }

function digestOf(algorithm: UploadChecksum['algorithm'], bytes: Uint8Array): string {
  const digest = createChecksum(algorithm)
  digest.update(bytes)
  return digest.digest().toString('base64')
}

export function testChecksums(name: string, create: () => Promise<StoreUnderTest>): void {
  test(`${name}: checksums`, async (t) => {
    const { store, close } = await create()
    t.after(close)
    const ctx = context()
    const { put, get, upload, part, create: createBucket } = actions(store)
    await createBucket('b')
    const bytes = random(300_000)
    await put('b', 'source', bytes)
    const source = { bucket: 'b', key: 'source' }

    /** Completes an upload of one part, expecting what is given. */
    async function complete(checksum: UploadChecksum, expected: CompleteMultipartUploadInput['expected']) {
      const uploadId = await upload('b', 'k', { checksum })
      const parts = [await part('b', 'k', uploadId, 1, bytes)]
      return await store.completeMultipartUpload({ bucket: 'b', key: 'k', uploadId, parts, expected }, ctx)
    }

    await t.test('completeMultipartUpload: a checksum of the whole that is true is taken', async () => {
      const value = digestOf('CRC32C', bytes)
      const { checksum } = await complete(full, { checksum: { algorithm: 'CRC32C', value } })
      assert.deepEqual(checksum, { algorithm: 'CRC32C', type: 'FULL_OBJECT', value })
      const ofParts = createHash('sha256')
        .update(Buffer.from(digestOf('SHA256', bytes), 'base64'))
        .digest('base64')
      for (const given of [ofParts, `${ofParts}-1`]) {
        const done = await complete(composite, { checksum: { algorithm: 'SHA256', value: given } })
        assert.equal(done.checksum?.value, `${ofParts}-1`)
      }
    })

    await t.test('completeMultipartUpload: one that is not, is BadDigest, and nothing becomes of it', async () => {
      await store.deleteObject({ bucket: 'b', key: 'k' }, ctx)
      const value = digestOf('CRC32C', bytes.subarray(1))
      await assert.rejects(complete(full, { checksum: { algorithm: 'CRC32C', value } }), code('BadDigest'))
      await assert.rejects(complete(composite, { checksum: { algorithm: 'CRC32C', value } }), code('BadDigest'))
      await assert.rejects(complete(full, { checksumType: 'COMPOSITE' }), code('InvalidRequest'))
      await assert.rejects(get('b', 'k'), code('NoSuchKey'))
    })

    await t.test('uploadPart: a checksum of another kind than that of the upload is refused', async () => {
      const uploadId = await upload('b', 'k', { checksum: full })
      for (const size of [100, 100_000, 2_000_000]) {
        const bytes = random(size)
        const sha1 = Buffer.from(digestOf('SHA1', bytes), 'base64')
        const body = bodyOf(bytes, { checksum: { algorithm: 'SHA1', bytes: sha1 } })
        const input = { bucket: 'b', key: 'k', uploadId, partNumber: 1, body }
        await assert.rejects(store.uploadPart(input, ctx), code('InvalidRequest'), `${size} bytes`)
      }
      const page = { bucket: 'b', key: 'k', uploadId, maxParts: 10, partNumberMarker: 0 }
      assert.deepEqual((await store.listParts(page, ctx)).parts, [])
    })

    await t.test('uploadPartCopy: a part that is copied has the checksum of its upload', async () => {
      for (const checksum of [composite, full]) {
        const uploadId = await upload('b', 'copied', { checksum })
        const range = { first: 70_000, last: 200_000 }
        const copied = bytes.subarray(range.first, range.last + 1)
        const input = { bucket: 'b', key: 'copied', uploadId, partNumber: 1, source, range }
        const output = await store.uploadPartCopy(input, ctx)
        const value = digestOf(checksum.algorithm, copied)
        assert.deepEqual(output.checksum, { algorithm: checksum.algorithm, value })
        assert.equal(output.etag, createHash('md5').update(copied).digest('hex'))
        const parts = [{ partNumber: 1, etag: output.etag, checksum: output.checksum }]
        await store.completeMultipartUpload({ bucket: 'b', key: 'copied', uploadId, parts }, ctx)
        assert.ok((await get('b', 'copied')).equals(copied))
      }
    })

    await t.test('completeMultipartUpload: a part whose checksum is another than listed is InvalidPart', async () => {
      const uploadId = await upload('b', 'k', { checksum: full })
      const { partNumber, etag } = await part('b', 'k', uploadId, 1, bytes)
      const checksum = { algorithm: 'CRC32C', value: digestOf('CRC32C', bytes.subarray(1)) } as const
      const parts = [{ partNumber, etag, checksum }]
      const completion = store.completeMultipartUpload({ bucket: 'b', key: 'k', uploadId, parts }, ctx)
      await assert.rejects(completion, code('InvalidPart'))
    })
  })
}
