import type { ListObjectsInput, ListObjectsOutput, Owner } from '@headrace/s3'
import type { ObjectStore } from '../../../core/store.ts'
import { type Item, listPage, positionAfter } from '../../shared/list-page.ts'
import { startOfUploads } from '../../shared/start-of-uploads.ts'
import type { BucketRow } from '../format/bucket-row.ts'
import { decodeListedEntry } from '../format/entry.ts'
import { decodeUploadRow } from '../format/upload-row.ts'
import type { DatabaseName } from '../index/databases.ts'
import type { IndexReader } from '../index/index.ts'
import { bucketIdKey, nameOfEntryKey, nameOfUploadKey, uploadIdOfUploadKey } from '../index/keys.ts'
import { type EmbeddedServices, requireBucket } from './services.ts'

type ListingOperation = 'listObjects' | 'listObjectsV2' | 'listObjectVersions' | 'listMultipartUploads'

interface Row {
  readonly key: Buffer
  readonly value: Buffer
}

/** Items of one bucket from a position on; their names are cut out of the keys of the index. */
function scanBucket(index: IndexReader, database: DatabaseName, bucketId: number, nameOf: (key: Buffer) => Buffer) {
  const bucket = bucketIdKey(bucketId)
  const to = bucketIdKey(bucketId + 1)
  return function* (position: Buffer): Generator<Item<Row>> {
    for (const row of index.scan(database, { from: Buffer.concat([bucket, position]), to })) {
      yield { name: nameOf(row.key), value: row }
    }
  }
}

export function ownerOfRow({ ownerId, ownerName }: BucketRow): Owner {
  return { id: ownerId, displayName: ownerName }
}

export function listingOperations(services: EmbeddedServices): Pick<ObjectStore, ListingOperation> {
  const list = async ({
    bucket: name,
    startAfter,
    maxKeys,
    ...request
  }: ListObjectsInput): Promise<ListObjectsOutput> => {
    const index = services.snapshot()
    const bucket = requireBucket(index, name)
    const scan = scanBucket(index, 'objects', bucket.id, nameOfEntryKey)
    const page = listPage(scan, { ...request, start: positionAfter(startAfter, request), maxItems: maxKeys })
    return {
      owner: ownerOfRow(bucket),
      objects: page.items.map((item) => ({ key: item.name.toString(), ...decodeListedEntry(item.value.value) })),
      commonPrefixes: page.commonPrefixes,
      nextStartAfter: page.last,
    }
  }
  return {
    listObjects: list,
    listObjectsV2: list,
    async listObjectVersions({ keyMarker, ...input }) {
      const { owner, objects, commonPrefixes, nextStartAfter } = await list({ ...input, startAfter: keyMarker })
      return {
        owner,
        versions: objects.map((object) => ({ ...object, versionId: 'null', isLatest: true, isDeleteMarker: false })),
        commonPrefixes,
        next: nextStartAfter === undefined ? undefined : { keyMarker: nextStartAfter, versionIdMarker: 'null' },
      }
    },
    async listMultipartUploads(input) {
      const index = services.snapshot()
      const bucket = requireBucket(index, input.bucket)
      const scan = scanBucket(index, 'uploads', bucket.id, nameOfUploadKey)
      const page = listPage(scan, { ...input, start: startOfUploads(input), maxItems: input.maxUploads })
      const uploads = page.items.map(({ name, value: row }) => {
        const { initiatedMs, storageClass, checksum } = decodeUploadRow(row.value)
        return {
          key: name.toString(),
          uploadId: uploadIdOfUploadKey(row.key),
          initiatedMs,
          storageClass,
          checksum,
        }
      })
      return {
        owner: ownerOfRow(bucket),
        uploads,
        commonPrefixes: page.commonPrefixes,
        next: nextUploads(page.last, page.commonPrefixes, uploads.at(-1)?.uploadId),
      }
    },
  }
}

/** Behind a common prefix there is no upload id to go on from. */
function nextUploads(last: string | undefined, commonPrefixes: readonly string[], uploadId: string | undefined) {
  if (last === undefined) return undefined
  return { keyMarker: last, uploadIdMarker: commonPrefixes.at(-1) === last ? undefined : uploadId }
}
