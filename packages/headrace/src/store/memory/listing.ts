import type { ListedObject, ListObjectsInput, ListObjectsOutput } from '@headrace/s3'
import type { ObjectStore } from '../../core/store.ts'
import { listPage, positionAfter, type Scan } from '../shared/list-page.ts'
import { type FindBucket, inListingOrder, type MemoryObject } from './bucket.ts'

export function listingOperations(
  find: FindBucket,
): Pick<ObjectStore, 'listObjects' | 'listObjectsV2' | 'listObjectVersions'> {
  const scanOf = (objects: ReadonlyMap<string, MemoryObject>): Scan<MemoryObject> => {
    const sorted = inListingOrder(objects)
    return (from) => sorted.filter(({ name }) => Buffer.compare(name, from) >= 0)
  }
  const list = async ({
    bucket: name,
    startAfter,
    maxKeys,
    ...request
  }: ListObjectsInput): Promise<ListObjectsOutput> => {
    const { info, objects } = find(name)
    const start = positionAfter(startAfter, request)
    const page = listPage(scanOf(objects), { ...request, start, maxItems: maxKeys })
    return {
      owner: info.owner,
      objects: page.items.map((item) => listed(item.name.toString(), item.value)),
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
  }
}

function listed(key: string, { info }: MemoryObject): ListedObject {
  const { sizeBytes, etag, lastModifiedMs, storageClass, checksum } = info
  return {
    key,
    sizeBytes,
    etag,
    lastModifiedMs,
    storageClass,
    checksum: checksum && { algorithm: checksum.algorithm, type: checksum.type },
  }
}
