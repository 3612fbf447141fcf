import { requireWriteConditions, S3Error, type UploadChecksum } from '@headrace/s3'
import { assembleParts, type StoredPart } from '../../shared/assemble-parts.ts'
import { decodeCompletedRow, encodeCompletedRow } from '../format/completed-row.ts'
import { type Extent, encodeDetails } from '../format/details.ts'
import { decodePartRow, etagOfPart } from '../format/part-row.ts'
import { decodeUploadRow, type UploadRow } from '../format/upload-row.ts'
import { findEntry } from '../index/entries.ts'
import type { IndexReader } from '../index/index.ts'
import { partKey, partNumberOfKey, partsRange, uploadIdOfUploadKey, uploadKey } from '../index/keys.ts'
import type { Mutations } from './mutation.ts'
import type { Plan } from './plan.ts'
import { etagOfFound, packEntry, replaceEntry } from './plan-objects.ts'

export interface UploadPlace {
  readonly bucket: { readonly id: number }
  readonly key: string
  readonly uploadId: string
}

/** @throws S3Error NoSuchUpload */
export function requireUpload(index: IndexReader, { bucket, key, uploadId }: UploadPlace): UploadRow {
  const bytes = index.get('uploads', uploadKey(bucket.id, key, uploadId))
  if (bytes === undefined) throw new S3Error('NoSuchUpload', { details: { UploadId: uploadId.slice(0, 256) } })
  return decodeUploadRow(bytes)
}

export function createUpload(plan: Plan, { bucket, key, uploadId, row }: Mutations['createUpload']['input']): null {
  plan.requireBucket(bucket)
  plan.put('uploads', uploadKey(bucket.id, key, uploadId), row)
  return null
}

export function putPart(plan: Plan, input: Mutations['putPart']['input']): null {
  const { bucket, uploadId, partNumber, row, data, references } = input
  plan.requireBucket(bucket)
  plan.context.share(`upload ${uploadId}`)
  plan.context.claim(`part ${uploadId} ${partNumber}`)
  // The answer to an earlier sending was lost: it has happened already.
  if (data[0] !== undefined && plan.hasHappened(data[0].dataId)) return null
  requireUpload(plan.index, input)
  const key = partKey(uploadId, partNumber)
  const before = plan.index.get('parts', key)
  if (before !== undefined) releaseExtents(plan, decodePartRow(before).extents)
  plan.useData(data, references)
  plan.put('parts', key, row)
  return null
}

interface PlannedPart extends StoredPart {
  readonly lastModifiedMs: number
  readonly extents: readonly Extent[]
  readonly checksumBytes: Buffer | undefined
}

/**
 * Makes the object out of the parts. Their data goes over to the entry as it is; parts that were not named are released.
 */
export function completeUpload(plan: Plan, input: Mutations['completeUpload']['input']): null {
  const { bucket, key, uploadId, conditions, writeId, detailsId, completedMs } = input
  plan.requireBucket(bucket)
  plan.context.claim(`key ${bucket.id} ${key}`)
  plan.context.claim(`upload ${uploadId}`)
  const done = plan.index.get('completed', Buffer.from(uploadId, 'hex'))
  if (done !== undefined) {
    const completed = decodeCompletedRow(done)
    if (completed.bucketId === bucket.id && completed.key === key) return null
  }
  const upload = requireUpload(plan.index, input)
  const stored = storedParts(plan.index, uploadId)
  const assembly = assembleParts(input, (partNumber) => stored.get(partNumber), upload.checksum)
  const existing = findEntry(plan.index, bucket.id, key)
  requireWriteConditions(conditions, etagOfFound(existing))

  const used = new Set(assembly.parts)
  for (const part of stored.values()) {
    plan.remove('parts', partKey(uploadId, part.partNumber))
    if (!used.has(part)) releaseExtents(plan, part.extents)
  }
  plan.remove('uploads', uploadKey(bucket.id, key, uploadId))
  const details = encodeDetails({
    extents: assembly.parts.flatMap((part) => part.extents),
    parts: assembly.parts.map(({ sizeBytes, checksumBytes }) => ({
      sizeBytes,
      checksum: checksumBytes ?? Buffer.alloc(0),
    })),
    content: upload.content,
    metadata: upload.metadata,
    tags: upload.tags,
  })
  const entry = {
    commitSeq: plan.context.seq,
    lastModifiedMs: completedMs,
    sizeBytes: assembly.sizeBytes,
    md5: Buffer.from(assembly.etag.slice(0, 32), 'hex'),
    partsCount: assembly.parts.length,
    tagCount: upload.tags.length,
    storageClass: upload.storageClass,
    acl: upload.acl,
    checksum: wholeChecksum(upload.checksum, assembly.checksum?.value),
    writeId,
  }
  const packed = packEntry(entry, details, detailsId)
  replaceEntry(plan, { bucketId: bucket.id, key, entry, bytes: packed.entry, details: packed.details, existing })
  plan.put(
    'completed',
    Buffer.from(uploadId, 'hex'),
    encodeCompletedRow({
      bucketId: bucket.id,
      key,
      completedMs,
      md5: entry.md5,
      partsCount: entry.partsCount,
      checksum: entry.checksum,
    }),
  )
  return null
}

/** The value without the number of parts, which the entry has anyway. */
function wholeChecksum(kind: UploadChecksum | undefined, value: string | undefined) {
  if (kind === undefined || value === undefined) return undefined
  return { kind, bytes: Buffer.from(value.replace(/-\d+$/, ''), 'base64') }
}

/** All parts of an upload, by number and in their order. */
export function storedParts(index: IndexReader, uploadId: string): Map<number, PlannedPart> {
  const parts = new Map<number, PlannedPart>()
  for (const { key, value } of index.scan('parts', partsRange(uploadId))) {
    const partNumber = partNumberOfKey(key)
    const row = decodePartRow(value)
    const { sizeBytes, lastModifiedMs, md5, checksum, extents } = row
    parts.set(partNumber, {
      partNumber,
      sizeBytes,
      lastModifiedMs,
      etag: etagOfPart(row),
      md5,
      checksum: checksum && { algorithm: checksum.algorithm, value: checksum.bytes.toString('base64') },
      checksumBytes: checksum?.bytes,
      extents,
    })
  }
  return parts
}

export function abortUpload(plan: Plan, input: Mutations['abortUpload']['input']): null {
  const { bucket, key, uploadId } = input
  plan.requireBucket(bucket)
  plan.context.claim(`upload ${uploadId}`)
  const indexKey = uploadKey(bucket.id, key, uploadId)
  // The answer to an earlier sending was lost: it has happened already.
  if (plan.context.resent && plan.index.get('uploads', indexKey) === undefined) return null
  requireUpload(plan.index, input)
  removeUpload(plan, indexKey)
  return null
}

/** Uploads of buckets that are gone: they are found by a worker, which names their keys in the index. */
export function sweepUploads(plan: Plan, { keys }: Mutations['sweepUploads']['input']): null {
  for (const key of keys) {
    plan.context.claim(`upload ${uploadIdOfUploadKey(key)}`)
    if (plan.index.get('uploads', key) !== undefined) removeUpload(plan, key)
  }
  return null
}

function removeUpload(plan: Plan, key: Buffer): void {
  const uploadId = uploadIdOfUploadKey(key)
  for (const part of storedParts(plan.index, uploadId).values()) {
    plan.remove('parts', partKey(uploadId, part.partNumber))
    releaseExtents(plan, part.extents)
  }
  plan.remove('uploads', key)
}

function releaseExtents(plan: Plan, extents: readonly Extent[]): void {
  for (const { dataId } of extents) plan.reference(dataId, -1)
}

/** What is remembered of completions is forgotten after a while. */
export function forgetCompleted(plan: Plan, { uploadIds }: Mutations['forgetCompleted']['input']): null {
  for (const uploadId of uploadIds) plan.remove('completed', uploadId)
  return null
}
