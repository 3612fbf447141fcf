import { createHash } from 'node:crypto'
import {
  type ObjectInfo,
  requireCopyConditions,
  S3Error,
  type Selection,
  selectCopyRange,
  type UploadInput,
  type UploadPartCopyInput,
  type UploadPartInput,
} from '@headrace/s3'
import { idBytes, timeOrderedId } from '../../../core/ids.ts'
import type { ObjectStore } from '../../../core/store.ts'
import { requirePartChecksum } from '../../shared/part-checksum.ts'
import { writeData } from '../data/data-writer.ts'
import { decodeCompletedRow } from '../format/completed-row.ts'
import { checksumOfEntry, type Entry, etagOf } from '../format/entry.ts'
import { encodePartRow, etagOfPart, type PartRow } from '../format/part-row.ts'
import { encodeUploadRow } from '../format/upload-row.ts'
import { detailsOf } from '../index/entries.ts'
import { isUploadId } from '../index/keys.ts'
import type { BucketReference } from '../keeper/mutation.ts'
import { requireUpload, storedParts } from '../keeper/plan-multipart.ts'
import { commitData, newData, withFreshReferences } from './commit.ts'
import { copyExtents } from './copy-extents.ts'
import { sliceExtents } from './extents.ts'
import { ownerOfRow } from './listing.ts'
import { objectInfo } from './object-info.ts'
import { submit } from './objects-write.ts'
import { openExtents } from './read-extents.ts'
import { type EmbeddedServices, requireBucket, requireEntry, requireWriting } from './services.ts'

type MultipartOperation =
  | 'createMultipartUpload'
  | 'uploadPart'
  | 'uploadPartCopy'
  | 'completeMultipartUpload'
  | 'abortMultipartUpload'
  | 'listParts'

export function multipartOperations(services: EmbeddedServices): Pick<ObjectStore, MultipartOperation> {
  const { keeper, runtime } = services
  return {
    async createMultipartUpload({ bucket: name, key, checksum, ...input }) {
      const { content, metadata, tags, acl = 'private', storageClass = 'STANDARD' } = input
      const { id } = requireBucket(services.snapshot(), name)
      const uploadId = timeOrderedId(runtime).toString('hex')
      const initiatedMs = runtime.clock.now()
      const row = encodeUploadRow({ initiatedMs, checksum, acl, storageClass, content, metadata, tags })
      const mutation = { bucket: { name, id }, key, uploadId, row }
      await services.space.during(undefined, () => submit(() => keeper.submit('createUpload', mutation)))
      return { uploadId, checksum }
    },
    uploadPart: (input) => uploadPart(services, input),
    uploadPartCopy: (input, { signal }) =>
      services.space.during(undefined, () => withFreshReferences(() => uploadPartCopy(services, input, signal))),
    async completeMultipartUpload({ bucket: name, key, uploadId, parts, conditions, expected }) {
      const { id } = requireBucket(services.snapshot(), name)
      requireUploadId(uploadId)
      await submit(() =>
        keeper.submit('completeUpload', {
          bucket: { name, id },
          key,
          uploadId,
          parts,
          conditions,
          expected,
          writeId: timeOrderedId(runtime),
          detailsId: runtime.random.bytes(idBytes),
          completedMs: runtime.clock.now(),
        }),
      )
      return completedUpload(services, uploadId)
    },
    async abortMultipartUpload(input) {
      const { bucket } = findUpload(services, input)
      const { key, uploadId } = input
      await submit(() => keeper.submit('abortUpload', { bucket, key, uploadId }))
    },
    async listParts(input) {
      const { checksum, storageClass } = findUpload(services, input)
      const index = services.snapshot()
      const bucket = requireBucket(index, input.bucket)
      const rest = [...storedParts(index, input.uploadId).values()].filter(
        (part) => part.partNumber > input.partNumberMarker,
      )
      const page = rest.slice(0, input.maxParts)
      return {
        owner: ownerOfRow(bucket),
        storageClass,
        checksum,
        parts: page,
        isTruncated: page.length < rest.length && input.maxParts > 0,
      }
    },
  }
}

function requireUploadId(uploadId: string): void {
  if (!isUploadId(uploadId)) throw new S3Error('NoSuchUpload', { details: { UploadId: uploadId.slice(0, 256) } })
}

function findUpload(services: EmbeddedServices, { bucket: name, key, uploadId }: UploadInput) {
  const index = services.snapshot()
  const bucket: BucketReference = { name, id: requireBucket(index, name).id }
  requireUploadId(uploadId)
  const { checksum, storageClass } = requireUpload(index, { bucket, key, uploadId })
  return { bucket, checksum, storageClass }
}

/** What the keeper has remembered of a completion: the same for the first answer and for every repeated one. */
function completedUpload(services: EmbeddedServices, uploadId: string) {
  const bytes = services.snapshot().get('completed', Buffer.from(uploadId, 'hex'))
  if (bytes === undefined) throw new S3Error('NoSuchUpload', { details: { UploadId: uploadId } })
  const row = decodeCompletedRow(bytes)
  return { etag: etagOf(row.md5, row.partsCount), checksum: checksumOfEntry(row) }
}

async function uploadPart(services: EmbeddedServices, input: UploadPartInput) {
  const { body } = input
  const upload = findUpload(services, input)
  const { bucket, storageClass } = upload
  const dataId = timeOrderedId(services.runtime)
  const coming = { dataId, bucket: bucket.name, storageClass, sizeBytes: body.sizeBytes }
  return await services.space.during(coming, () => putPart(services, upload, dataId, input))
}

async function putPart(
  services: EmbeddedServices,
  upload: ReturnType<typeof findUpload>,
  dataId: Buffer,
  input: UploadPartInput,
) {
  const { key, uploadId, partNumber, body } = input
  const { bucket, checksum: uploadChecksum, storageClass } = upload
  const wants = { md5: true, checksum: uploadChecksum?.algorithm }
  const writing = requireWriting(services)
  const hint = { bucket: bucket.name, key, storageClass }
  const { data, summary } = await writeData(body, wants, dataId, hint, writing)
  try {
    requirePartChecksum(summary, uploadChecksum)
  } catch (error) {
    await data.discard()
    throw error
  }
  const { algorithm, bytes } = summary.checksum ?? {}
  const part: PartRow = {
    sizeBytes: summary.sizeBytes,
    lastModifiedMs: services.runtime.clock.now(),
    md5: Buffer.from(summary.md5 as Uint8Array),
    isHashed: true,
    checksum: algorithm && { algorithm, bytes: Buffer.from(bytes as Uint8Array) },
    extents: [{ dataId, offset: 0, length: summary.sizeBytes }],
  }
  const row = encodePartRow(part)
  await commitData(services, [data], 'putPart', {
    bucket,
    key,
    uploadId,
    partNumber,
    row,
    data: [newData(data)],
    references: [],
  })
  return partOutput(part)
}

function partOutput(part: PartRow) {
  const { checksum } = part
  return {
    etag: etagOfPart(part),
    checksum: checksum && { algorithm: checksum.algorithm, value: checksum.bytes.toString('base64') },
  }
}

/**
 * A copied part shares the data of its source, unless it belongs on other drives than that. Its bytes are read only then,
 * and for a checksum that the upload asks for.
 */
async function uploadPartCopy(services: EmbeddedServices, input: UploadPartCopyInput, signal: AbortSignal) {
  const { key, uploadId, partNumber, source, range } = input
  const { bucket, checksum: uploadChecksum, storageClass } = findUpload(services, input)
  const index = services.snapshot()
  const { entry } = requireEntry(index, source)
  const details = detailsOf(index, entry)
  const info = objectInfo(entry, details)
  requireCopyConditions(source.conditions, info)
  const selection =
    range === undefined ? { first: 0, last: info.sizeBytes - 1 } : selectCopyRange(range, info.sizeBytes)
  const copied = await copyExtents(services, openExtents(index, sliceExtents(details.extents, selection)), {
    target: { bucket: bucket.name, key, storageClass },
    wants: (moves) => ({ md5: moves || uploadChecksum !== undefined, checksum: uploadChecksum?.algorithm }),
    signal,
  })
  const part: PartRow = {
    sizeBytes: selection.last - selection.first + 1,
    lastModifiedMs: services.runtime.clock.now(),
    extents: copied.extents,
    ...(copied.md5 === undefined ? digestsUnread(entry, info, selection) : { md5: copied.md5, isHashed: true }),
    checksum: copied.checksum && uploadChecksum && { algorithm: uploadChecksum.algorithm, bytes: copied.checksum },
  }
  await commitData(services, copied.data, 'putPart', {
    bucket,
    key,
    uploadId,
    partNumber,
    row: encodePartRow(part),
    data: copied.data.map(newData),
    references: copied.references,
  })
  return { ...partOutput(part), lastModifiedMs: part.lastModifiedMs }
}

/**
 * What is known of the bytes of a copied part without reading them: their MD5 when they are a whole object, else a name
 * in its place. Reading them for the sake of an ETag would make every copy slow.
 */
function digestsUnread(entry: Entry, { etag, sizeBytes }: ObjectInfo, { first, last }: Selection) {
  const isWhole = first === 0 && last === sizeBytes - 1 && entry.partsCount === 0
  const name = () => createHash('md5').update(entry.writeId).update(`${etag} ${first}-${last}`).digest()
  return { md5: isWhole ? Buffer.from(entry.md5) : name(), isHashed: isWhole }
}
