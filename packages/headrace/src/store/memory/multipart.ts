import { createHash } from 'node:crypto'
import {
  createChecksum,
  type ObjectInfo,
  requireCopyConditions,
  requireWriteConditions,
  S3Error,
  selectCopyRange,
  type UploadChecksum,
  type UploadInput,
} from '@headrace/s3'
import { timeOrderedId } from '../../core/ids.ts'
import type { Runtime } from '../../core/runtime.ts'
import type { ObjectStore } from '../../core/store.ts'
import { assembleParts } from '../shared/assemble-parts.ts'
import { listPage } from '../shared/list-page.ts'
import { requirePartChecksum } from '../shared/part-checksum.ts'
import { readBody } from '../shared/read-body.ts'
import { startOfUploads } from '../shared/start-of-uploads.ts'
import { type FindBucket, inListingOrder, type MemoryPart, type MemoryUpload } from './bucket.ts'
import { findObject } from './objects.ts'

type MultipartOperation =
  | 'createMultipartUpload'
  | 'uploadPart'
  | 'uploadPartCopy'
  | 'completeMultipartUpload'
  | 'abortMultipartUpload'
  | 'listParts'
  | 'listMultipartUploads'

export function multipartOperations(
  find: FindBucket,
  { clock, random }: Pick<Runtime, 'clock' | 'random'>,
): Pick<ObjectStore, MultipartOperation> {
  const findUpload = ({ bucket, key, uploadId }: UploadInput): MemoryUpload => {
    const upload = find(bucket).uploads.get(uploadId)
    if (upload === undefined || upload.key !== key)
      throw new S3Error('NoSuchUpload', { details: { UploadId: uploadId.slice(0, 256) } })
    return upload
  }
  return {
    async createMultipartUpload({ bucket, key, content, metadata, tags, checksum, ...input }) {
      const { storageClass = 'STANDARD', acl = 'private' } = input
      const uploadId = timeOrderedId({ clock, random }).toString('hex')
      const upload = {
        uploadId,
        key,
        initiatedMs: clock.now(),
        content,
        metadata,
        tags,
        storageClass,
        acl,
        checksum,
        parts: new Map(),
      }
      find(bucket).uploads.set(uploadId, upload)
      return { uploadId, checksum }
    },
    async uploadPart(input) {
      const { checksum } = findUpload(input)
      const { bytes, summary } = await readBody(input.body, { md5: true, checksum: checksum?.algorithm })
      const part: MemoryPart = {
        partNumber: input.partNumber,
        sizeBytes: bytes.length,
        bytes,
        ...md5Of(bytes),
        checksum: requirePartChecksum(summary, checksum),
        lastModifiedMs: clock.now(),
      }
      findUpload(input).parts.set(part.partNumber, part)
      return { etag: part.etag, checksum: part.checksum }
    },
    async uploadPartCopy(input) {
      const upload = findUpload(input)
      const source = findObject(find, input.source)
      requireCopyConditions(input.source.conditions, source.info)
      const { first, last } = input.range
        ? selectCopyRange(input.range, source.info.sizeBytes)
        : { first: 0, last: source.info.sizeBytes - 1 }
      const bytes = source.bytes.subarray(first, last + 1)
      const part: MemoryPart = {
        partNumber: input.partNumber,
        sizeBytes: bytes.length,
        bytes,
        ...md5Of(bytes),
        checksum: checksumOfBytes(bytes, upload.checksum),
        lastModifiedMs: clock.now(),
      }
      upload.parts.set(part.partNumber, part)
      return {
        etag: part.etag,
        lastModifiedMs: part.lastModifiedMs,
        checksum: part.checksum,
      }
    },
    async completeMultipartUpload(input) {
      const { bucket, key, uploadId, conditions } = input
      const { objects, uploads, completed } = find(bucket)
      const done = completed.get(uploadId)
      if (done !== undefined && done.key === key) return { etag: done.etag, checksum: done.checksum }
      const upload = findUpload(input)
      const assembly = assembleParts(input, (partNumber) => upload.parts.get(partNumber), upload.checksum)
      requireWriteConditions(conditions, objects.get(key)?.info)
      const info: ObjectInfo = {
        sizeBytes: assembly.sizeBytes,
        etag: assembly.etag,
        lastModifiedMs: clock.now(),
        content: upload.content,
        metadata: upload.metadata,
        storageClass: upload.storageClass,
        checksum: assembly.checksum,
        tagCount: upload.tags.length,
        partsCount: assembly.parts.length,
      }
      const bytes = Buffer.concat(assembly.parts.map((part) => part.bytes))
      objects.set(key, { info, acl: upload.acl, tags: upload.tags, bytes, parts: assembly.parts })
      uploads.delete(uploadId)
      completed.set(uploadId, { key, etag: info.etag, checksum: info.checksum })
      return { etag: info.etag, checksum: info.checksum }
    },
    async abortMultipartUpload(input) {
      findUpload(input)
      find(input.bucket).uploads.delete(input.uploadId)
    },
    async listParts(input) {
      const { parts, checksum, storageClass } = findUpload(input)
      const sorted = [...parts.values()].sort((a, b) => a.partNumber - b.partNumber)
      const rest = sorted.filter((part) => part.partNumber > input.partNumberMarker)
      const page = rest.slice(0, input.maxParts)
      return {
        owner: find(input.bucket).info.owner,
        storageClass,
        checksum,
        parts: page,
        isTruncated: page.length < rest.length && input.maxParts > 0,
      }
    },
    async listMultipartUploads(input) {
      const { info, uploads } = find(input.bucket)
      const sorted = inListingOrder(
        [...uploads.values()].map((upload) => [`${upload.key}\0${upload.uploadId}`, upload] as const),
      )
      const scan = (from: Buffer) =>
        sorted
          .filter(({ name }) => Buffer.compare(name, from) >= 0)
          .map(({ value }) => ({ name: Buffer.from(value.key), value }))
      const page = listPage(scan, {
        prefix: input.prefix,
        delimiter: input.delimiter,
        start: startOfUploads(input),
        maxItems: input.maxUploads,
      })
      return {
        owner: info.owner,
        uploads: page.items.map(({ value: { key, uploadId, initiatedMs, storageClass, checksum } }) => ({
          key,
          uploadId,
          initiatedMs,
          storageClass,
          checksum,
        })),
        commonPrefixes: page.commonPrefixes,
        next:
          page.last === undefined
            ? undefined
            : {
                keyMarker: page.last,
                uploadIdMarker:
                  page.commonPrefixes.at(-1) === page.last ? undefined : page.items.at(-1)?.value.uploadId,
              },
      }
    },
  }
}

function checksumOfBytes(bytes: Buffer, upload: UploadChecksum | undefined): MemoryPart['checksum'] {
  if (upload === undefined) return undefined
  const digest = createChecksum(upload.algorithm)
  digest.update(bytes)
  return { algorithm: upload.algorithm, value: digest.digest().toString('base64') }
}

function md5Of(bytes: Buffer): Pick<MemoryPart, 'md5' | 'etag'> {
  const md5 = createHash('md5').update(bytes).digest()
  return { md5, etag: md5.toString('hex') }
}
