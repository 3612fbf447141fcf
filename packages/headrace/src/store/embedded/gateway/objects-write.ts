import {
  type CannedAcl,
  type Checksum,
  type CopyObjectInput,
  type ObjectInput,
  type PutObjectInput,
  requireCopyConditions,
  requireWriteConditions,
  S3Error,
  type S3ErrorCode,
  type Tag,
} from '@headrace/s3'
import { idBytes, timeOrderedId } from '../../../core/ids.ts'
import type { ObjectStore } from '../../../core/store.ts'
import { requireOwnersAcl } from '../../shared/acl.ts'
import { isNullVersion, requireNullVersion } from '../../shared/buckets.ts'
import { checksumOf } from '../../shared/read-body.ts'
import { writeData } from '../data/data-writer.ts'
import { encodeDetails } from '../format/details.ts'
import type { Entry } from '../format/entry.ts'
import { detailsOf, findEntry, newestSeq } from '../index/entries.ts'
import type { BucketReference } from '../keeper/mutation.ts'
import { etagOfFound, packEntry } from '../keeper/plan-objects.ts'
import { commitData, discardAll, newData, withFreshReferences } from './commit.ts'
import { copyExtents } from './copy-extents.ts'
import { ownerOfRow } from './listing.ts'
import { objectInfo } from './object-info.ts'
import { openExtents } from './read-extents.ts'
import { type EmbeddedServices, requireBucket, requireEntry, requireWriting, storageError } from './services.ts'

type WriteOperation =
  | 'putObject'
  | 'copyObject'
  | 'deleteObject'
  | 'deleteObjects'
  | 'putObjectTagging'
  | 'deleteObjectTagging'
  | 'putObjectAcl'

export function writeOperations(services: EmbeddedServices): Pick<ObjectStore, WriteOperation> {
  const change = async (
    { bucket: name, key, versionId }: ObjectInput,
    what: { tags?: readonly Tag[]; acl?: CannedAcl },
  ) => {
    const index = services.snapshot()
    const bucket = { name, id: requireBucket(index, name).id }
    requireNullVersion(versionId)
    const detailsId = services.runtime.random.bytes(idBytes)
    const input = { bucket, key, detailsId, seenSeq: newestSeq(index), ...what }
    await submit(() => services.keeper.submit('changeEntry', input))
    return {}
  }
  return {
    putObject: (input) => putObject(services, input),
    copyObject: (input, { signal }) =>
      services.space.during(undefined, () => withFreshReferences(() => copyObject(services, input, signal))),
    async deleteObject({ bucket: name, key, versionId, ifMatch }) {
      const index = services.snapshot()
      const bucket = { name, id: requireBucket(index, name).id }
      // Deleting a version that does not exist is no failure.
      if (!isNullVersion(versionId)) return { versionId }
      const input = { bucket, objects: [{ key, ifMatch }], seenSeq: newestSeq(index) }
      const [refusal] = await submit(() => services.keeper.submit('deleteEntries', input))
      if (refusal) throw new S3Error(refusal.code as S3ErrorCode, { message: refusal.message })
      return { versionId: versionId === undefined ? undefined : 'null' }
    },
    async deleteObjects({ bucket: name, objects }) {
      const index = services.snapshot()
      const bucket = { name, id: requireBucket(index, name).id }
      const wanted = objects.filter(({ versionId }) => isNullVersion(versionId))
      const input = {
        bucket,
        seenSeq: newestSeq(index),
        objects: wanted.map(({ key, etag }) => ({ key, ifMatch: etag === undefined ? undefined : [etag] })),
      }
      const results = await submit(() => services.keeper.submit('deleteEntries', input))
      const deleted = wanted.filter((_, position) => results[position] === null)
      const errors = wanted.flatMap((object, position) => {
        const refusal = results[position]
        return refusal ? [{ ...object, ...refusal }] : []
      })
      return { deleted: [...deleted, ...objects.filter((object) => !wanted.includes(object))], errors }
    },
    putObjectTagging: (input) => change(input, { tags: input.tags }),
    deleteObjectTagging: (input) => change(input, { tags: [] }),
    async putObjectAcl(input) {
      requireOwnersAcl(input.ownerIds, ownerOfRow(requireBucket(services.snapshot(), input.bucket)))
      await change(input, { acl: input.acl })
    },
  }
}

export async function submit<T>(send: () => Promise<T>): Promise<T> {
  try {
    return await send()
  } catch (error) {
    throw storageError(error)
  }
}

async function putObject(services: EmbeddedServices, input: PutObjectInput) {
  const { bucket: name, key, body, conditions } = input
  const index = services.snapshot()
  const bucket = { name, id: requireBucket(index, name).id }
  // A write that cannot succeed is refused before its body is read; the keeper looks again.
  if (conditions !== undefined) requireWriteConditions(conditions, etagOfFound(findEntry(index, bucket.id, key)))
  const dataId = timeOrderedId(services.runtime)
  const coming = { dataId, bucket: name, storageClass: input.storageClass ?? 'STANDARD', sizeBytes: body.sizeBytes }
  return await services.space.during(coming, () => putBody(services, bucket, dataId, input))
}

async function putBody(services: EmbeddedServices, bucket: BucketReference, dataId: Buffer, input: PutObjectInput) {
  const { key, body, content, metadata, tags, acl = 'private', storageClass = 'STANDARD', conditions } = input
  const { runtime } = services
  const writing = requireWriting(services)
  const hint = { bucket: bucket.name, key, storageClass }
  const { data, summary } = await writeData(body, { md5: true }, dataId, hint, writing)
  const checksum = checksumOf(summary)
  const entry: Omit<Entry, 'details'> = {
    commitSeq: 0,
    lastModifiedMs: runtime.clock.now(),
    sizeBytes: summary.sizeBytes,
    md5: summary.md5 as Uint8Array,
    partsCount: 0,
    tagCount: tags.length,
    storageClass,
    acl,
    checksum: summary.checksum && { kind: checksum as Checksum, bytes: summary.checksum.bytes },
    writeId: dataId,
  }
  const extents = [{ dataId, offset: 0, length: summary.sizeBytes }]
  const details = encodeDetails({ extents, parts: [], content, metadata, tags })
  const packed = packEntry(entry, details, runtime.random.bytes(idBytes))
  await commitData(services, [data], 'putEntry', {
    bucket,
    key,
    entry: packed.entry,
    details: packed.details,
    data: [newData(data)],
    references: [],
    conditions,
  })
  return { etag: Buffer.from(entry.md5).toString('hex'), sizeBytes: summary.sizeBytes, checksum }
}

/**
 * A copy is an entry that shares the data of its source, unless it belongs on other drives than that. Parts, ETag and
 * checksum are those of the source either way.
 */
async function copyObject(services: EmbeddedServices, input: CopyObjectInput, signal: AbortSignal) {
  const { bucket: name, key, source, replace, storageClass = 'STANDARD', acl = 'private', conditions } = input
  const { runtime } = services
  const index = services.snapshot()
  const bucket = { name, id: requireBucket(index, name).id }
  const { indexKey, entry: sourceEntry } = requireEntry(index, source)
  const sourceBytes = index.get('objects', indexKey)
  const sourceDetails = detailsOf(index, sourceEntry)
  const sourceInfo = objectInfo(sourceEntry, sourceDetails)
  requireCopyConditions(source.conditions, sourceInfo)
  // A copy that cannot succeed is refused before its bytes are moved; the keeper looks again.
  if (conditions !== undefined) requireWriteConditions(conditions, etagOfFound(findEntry(index, bucket.id, key)))
  const algorithm = input.checksumAlgorithm === sourceInfo.checksum?.algorithm ? undefined : input.checksumAlgorithm
  const isHashed = sourceEntry.partsCount === 0
  const copied = await copyExtents(services, openExtents(index, sourceDetails.extents), {
    target: { bucket: name, key, storageClass },
    wants: (moves) => ({ md5: moves && isHashed, checksum: algorithm }),
    signal,
  })
  if (copied.md5 !== undefined && !copied.md5.equals(sourceEntry.md5)) {
    await discardAll(copied.data)
    throw new S3Error('InternalError', { message: 'The bytes of the source are not those that were stored.' })
  }
  const { content, metadata } = replace ?? sourceDetails
  const details = {
    ...sourceDetails,
    extents: copied.extents,
    content,
    metadata,
    tags: input.tags ?? sourceDetails.tags,
  }
  const entry: Omit<Entry, 'details'> = {
    ...sourceEntry,
    commitSeq: 0,
    lastModifiedMs: runtime.clock.now(),
    tagCount: details.tags.length,
    storageClass,
    acl,
    checksum:
      copied.checksum && algorithm
        ? { kind: { algorithm, type: 'FULL_OBJECT' }, bytes: copied.checksum }
        : sourceEntry.checksum,
    writeId: timeOrderedId(runtime),
  }
  const encoded = encodeDetails(details)
  const packed = packEntry(entry, encoded, runtime.random.bytes(idBytes))
  // What shares data of its source finds out by itself when that was replaced.
  const isRewritten = copied.data.length > 0 && source.bucket === name && source.key === key
  await commitData(services, copied.data, 'putEntry', {
    bucket,
    key,
    entry: packed.entry,
    details: packed.details,
    data: copied.data.map(newData),
    references: copied.references,
    conditions,
    onto: isRewritten ? sourceBytes : undefined,
  })
  const { etag, lastModifiedMs, checksum } = objectInfo({ ...entry, details: { inline: encoded } }, details)
  return { etag, lastModifiedMs, checksum }
}
