import { createHash } from 'node:crypto'
import {
  type ChecksumAlgorithm,
  type CopySource,
  createChecksum,
  type GetObjectInput,
  type ObjectInfo,
  type ObjectInput,
  requireConditions,
  requireCopyConditions,
  requireWriteConditions,
  S3Error,
  type Selection,
} from '@headrace/s3'
import type { Runtime } from '../../core/runtime.ts'
import type { ObjectStore } from '../../core/store.ts'
import { isNullVersion, requireNullVersion } from '../shared/buckets.ts'
import { infoOfPart } from '../shared/info-of-part.ts'
import { pageOfParts } from '../shared/page-of-parts.ts'
import { checksumOf, readBody } from '../shared/read-body.ts'
import { selectBytes } from '../shared/select-bytes.ts'
import type { FindBucket, MemoryObject } from './bucket.ts'

type ObjectOperation =
  | 'getObject'
  | 'headObject'
  | 'getObjectAttributes'
  | 'putObject'
  | 'copyObject'
  | 'deleteObject'
  | 'deleteObjects'
  | 'getObjectTagging'
  | 'putObjectTagging'
  | 'deleteObjectTagging'

/** @throws S3Error NoSuchKey, NoSuchBucket or NoSuchVersion */
export function findObject(find: FindBucket, { bucket, key, versionId }: ObjectInput | CopySource): MemoryObject {
  const { objects } = find(bucket)
  requireNullVersion(versionId)
  const object = objects.get(key)
  if (object === undefined) throw new S3Error('NoSuchKey', { details: { Key: key } })
  return object
}

export function objectOperations(
  find: FindBucket,
  { clock }: Pick<Runtime, 'clock'>,
): Pick<ObjectStore, ObjectOperation> {
  const locate = (
    input: GetObjectInput,
  ): { object: MemoryObject; info: ObjectInfo; selection: Selection | undefined } => {
    const object = findObject(find, input)
    const partSizes = () => object.parts.map((part) => part.sizeBytes)
    const selection = selectBytes(input, object.info, partSizes)
    return { object, info: infoOfPart(object.info, object.parts, input), selection }
  }
  const replaceTags = (input: ObjectInput, tags: MemoryObject['tags']) => {
    const object = findObject(find, input)
    const info = { ...object.info, tagCount: tags.length }
    find(input.bucket).objects.set(input.key, { ...object, info, tags })
    return {}
  }
  return {
    async getObject(input) {
      const { object, info, selection } = locate(input)
      const { first, last } = selection ?? { first: 0, last: object.bytes.length - 1 }
      return {
        info,
        selection,
        async readInto(sink) {
          if (last >= first) await sink.write(object.bytes.subarray(first, last + 1))
        },
        async close() {},
      }
    },
    async headObject(input) {
      const { info, selection } = locate(input)
      return { info, selection }
    },
    async getObjectAttributes(input) {
      const { info, parts } = findObject(find, input)
      requireConditions(input.conditions, info)
      return { info, parts: pageOfParts(parts, input) }
    },
    async putObject({ bucket, key, body, content, metadata, tags, conditions, ...input }) {
      const { storageClass = 'STANDARD', acl = 'private' } = input
      requireWriteConditions(conditions, find(bucket).objects.get(key)?.info)
      const { bytes, summary } = await readBody(body, { md5: true })
      // Once more, now that all is there: the body took its time, and somebody else may have written.
      const { objects } = find(bucket)
      requireWriteConditions(conditions, objects.get(key)?.info)
      const info: ObjectInfo = {
        sizeBytes: bytes.length,
        etag: createHash('md5').update(bytes).digest('hex'),
        lastModifiedMs: clock.now(),
        content,
        metadata,
        storageClass,
        checksum: checksumOf(summary),
        tagCount: tags.length,
      }
      objects.set(key, { info, acl, tags, bytes, parts: [] })
      return info
    },
    async copyObject({ bucket, key, source, replace, tags, checksumAlgorithm, conditions, ...input }) {
      const { storageClass = 'STANDARD', acl = 'private' } = input
      const { objects } = find(bucket)
      const from = findObject(find, source)
      requireCopyConditions(source.conditions, from.info)
      requireWriteConditions(conditions, objects.get(key)?.info)
      const info: ObjectInfo = {
        ...from.info,
        ...replace,
        storageClass,
        lastModifiedMs: clock.now(),
        tagCount: (tags ?? from.tags).length,
        checksum: copiedChecksum(from, checksumAlgorithm),
      }
      objects.set(key, { ...from, info, acl, tags: tags ?? from.tags })
      return info
    },
    async deleteObject({ bucket, key, versionId, ifMatch }) {
      const { objects } = find(bucket)
      // Deleting a version that does not exist is no failure.
      if (!isNullVersion(versionId)) return { versionId }
      if (ifMatch !== undefined) requireWriteConditions({ ifMatch }, objects.get(key)?.info)
      objects.delete(key)
      return { versionId: versionId === undefined ? undefined : 'null' }
    },
    async deleteObjects({ bucket, objects: wanted }) {
      const { objects } = find(bucket)
      const deleted: { key: string; versionId?: string }[] = []
      const errors: { key: string; versionId?: string; code: string; message: string }[] = []
      for (const { key, versionId, etag } of wanted) {
        try {
          if (etag !== undefined) requireWriteConditions({ ifMatch: [etag] }, objects.get(key)?.info)
          if (isNullVersion(versionId)) objects.delete(key)
          deleted.push({ key, versionId })
        } catch (error) {
          if (!(error instanceof S3Error)) throw error
          errors.push({ key, versionId, code: error.code, message: error.message })
        }
      }
      return { deleted, errors }
    },
    async getObjectTagging(input) {
      return { tags: findObject(find, input).tags }
    },
    async putObjectTagging(input) {
      return replaceTags(input, input.tags)
    },
    async deleteObjectTagging(input) {
      return replaceTags(input, [])
    },
  }
}

function copiedChecksum(
  { info, bytes }: MemoryObject,
  algorithm: ChecksumAlgorithm | undefined,
): ObjectInfo['checksum'] {
  if (algorithm === undefined || algorithm === info.checksum?.algorithm) return info.checksum
  const digest = createChecksum(algorithm)
  digest.update(bytes)
  return { algorithm, type: 'FULL_OBJECT', value: digest.digest().toString('base64') }
}
