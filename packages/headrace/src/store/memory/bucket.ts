import type {
  BucketInfo,
  CannedAcl,
  Checksum,
  ObjectInfo,
  PartChecksum,
  StorageClass,
  Tag,
  UploadChecksum,
} from '@headrace/s3'
import type { StoredPart } from '../shared/assemble-parts.ts'
import type { Item } from '../shared/list-page.ts'

export interface MemoryObject {
  readonly info: ObjectInfo
  readonly acl: CannedAcl
  readonly tags: readonly Tag[]
  readonly bytes: Buffer
  readonly parts: readonly { readonly sizeBytes: number; readonly checksum: PartChecksum | undefined }[]
}

export interface MemoryPart extends StoredPart {
  readonly bytes: Buffer
  readonly lastModifiedMs: number
}

export interface MemoryUpload {
  readonly uploadId: string
  readonly key: string
  readonly initiatedMs: number
  readonly content: ObjectInfo['content']
  readonly metadata: ObjectInfo['metadata']
  readonly tags: readonly Tag[]
  readonly storageClass: StorageClass
  readonly acl: CannedAcl
  readonly checksum: UploadChecksum | undefined
  readonly parts: Map<number, MemoryPart>
}

/** What is remembered of an upload after its completion, so that a repeated completion gives the same answer. */
export interface CompletedUpload {
  readonly key: string
  readonly etag: string
  readonly checksum: Checksum | undefined
}

export interface MemoryBucket {
  info: BucketInfo
  readonly objects: Map<string, MemoryObject>
  readonly uploads: Map<string, MemoryUpload>
  readonly completed: Map<string, CompletedUpload>
}

/** Finds a bucket, or says that there is none. */
export type FindBucket = (name: string) => MemoryBucket

/** Items in the order of listings. Sorting each time is slow and plainly right, as a model should be. */
export function inListingOrder<T>(entries: Iterable<readonly [string, T]>): Item<T>[] {
  return [...entries]
    .map(([name, value]) => ({ name: Buffer.from(name), value }))
    .sort((a, b) => Buffer.compare(a.name, b.name))
}
