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
import { checksumOf, digestObject } from '../../shared/read-body.ts'
import { writeData } from '../data/data-writer.ts'
import { encodeDetails } from '../format/details.ts'
import type { Entry } from '../format/entry.ts'
import { detailsOf, findEntry, newestSeq } from '../index/entries.ts'
import type { BucketReference } from '../keeper/mutation.ts'
import { etagOfFound, packEntry } from '../keeper/plan-objects.ts'
import { commitData, newData, withFreshReferences } from './commit.ts'
import { ownerOfRow } from './listing.ts'
import { objectInfo } from './object-info.ts'
import { openExtents, readExtents } from './read-extents.ts'
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
    copyObject: (input) =>
      services.space.during(undefined, () => withFreshReferences(() => copyObject(services, input))),
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
  await commitData(services, data, 'putEntry', {
    bucket,
    key,
    entry: packed.entry,
    details: packed.details,
    data: newData(data),
    references: [],
    conditions,
  })
  return { etag: Buffer.from(entry.md5).toString('hex'), sizeBytes: summary.sizeBytes, checksum }
}

/** A copy is an entry that shares the data of its source: no byte is moved. */
async function copyObject(services: EmbeddedServices, input: CopyObjectInput) {
  const { bucket: name, key, source, replace, storageClass = 'STANDARD', acl = 'private', conditions } = input
  const { runtime } = services
  const index = services.snapshot()
  const bucket = { name, id: requireBucket(index, name).id }
  const { entry: sourceEntry } = requireEntry(index, source)
  const sourceDetails = detailsOf(index, sourceEntry)
  const sourceInfo = objectInfo(sourceEntry, sourceDetails)
  requireCopyConditions(source.conditions, sourceInfo)
  const tags = input.tags ?? sourceDetails.tags
  const { content, metadata } = replace ?? sourceDetails
  const details = encodeDetails({ ...sourceDetails, content, metadata, tags })
  const references = sourceDetails.extents.map((extent) => extent.dataId)

  const needsDigest =
    input.checksumAlgorithm !== undefined && input.checksumAlgorithm !== sourceInfo.checksum?.algorithm
  const open = needsDigest ? openExtents(index, sourceDetails.extents) : []
  const checksum = needsDigest ? await digest(services, open, input) : sourceEntry.checksum
  const entry: Omit<Entry, 'details'> = {
    ...sourceEntry,
    commitSeq: 0,
    lastModifiedMs: runtime.clock.now(),
    tagCount: tags.length,
    storageClass,
    acl,
    checksum,
    writeId: timeOrderedId(runtime),
  }
  const packed = packEntry(entry, details, runtime.random.bytes(idBytes))
  await submit(() =>
    services.keeper.submit('putEntry', {
      bucket,
      key,
      entry: packed.entry,
      details: packed.details,
      data: undefined,
      references,
      conditions,
    }),
  )
  const copied = objectInfo({ ...entry, details: { inline: details } }, { ...sourceDetails, content, metadata, tags })
  return { etag: copied.etag, lastModifiedMs: copied.lastModifiedMs, checksum: copied.checksum }
}

/** The checksum that a copy is asked for and its source does not have: the bytes are read, not moved. */
async function digest(
  services: EmbeddedServices,
  extents: ReturnType<typeof openExtents>,
  { checksumAlgorithm }: CopyObjectInput,
): Promise<Entry['checksum']> {
  if (checksumAlgorithm === undefined) return undefined
  const end = services.reads.begin()
  try {
    const read = (sink: Parameters<typeof readExtents>[1]) => readExtents(extents, sink, services)
    const bytes = await digestObject({ readInto: read }, checksumAlgorithm)
    return { kind: { algorithm: checksumAlgorithm, type: 'FULL_OBJECT' }, bytes }
  } finally {
    end()
  }
}
