import type { CannedAcl } from './acl.ts'
import type { Body, ByteSink } from './body.ts'
import type {
  BucketInput,
  Checksum,
  ChecksumAlgorithm,
  ChecksumType,
  Conditions,
  ContentHeaders,
  IfRange,
  Metadata,
  ObjectInput,
  RangeRequest,
  Tag,
  WriteConditions,
} from './common.ts'
import type { StorageClass } from './storage-class.ts'

/** What is known about one version of an object without reading it. */
export interface ObjectInfo {
  readonly sizeBytes: number
  /** Without quotes. */
  readonly etag: string
  readonly lastModifiedMs: number
  readonly content: ContentHeaders
  readonly metadata: Metadata
  readonly storageClass: string
  /** Absent in a bucket that was never versioned. */
  readonly versionId?: string
  /** Of the whole; of the part, when a read asked for one. */
  readonly checksum?: Checksum
  readonly tagCount: number
  /** Number of parts when it was uploaded in parts. */
  readonly partsCount?: number
}

/** Which bytes of which object to read: all of it, a range, or a part. */
export interface GetObjectInput extends ObjectInput {
  readonly range?: RangeRequest
  /** The range counts only as long as the object is this one; else the whole object is wanted. */
  readonly ifRange?: IfRange
  /** From 1. */
  readonly partNumber?: number
  readonly conditions?: Conditions
}

/** The bytes that a reply carries of an object; `last` is inclusive. An empty object has no selection. */
export interface Selection {
  readonly first: number
  readonly last: number
}

/** An object found and opened. Whoever got it calls `close`, after or instead of `readInto`. */
export interface ObjectReader {
  readonly info: ObjectInfo
  /** Present when a range or a part was asked for: the reply is 206. */
  readonly selection?: Selection
  /** Delivers the selected bytes, checked, in order. */
  readInto(sink: ByteSink): Promise<void>
  close(): Promise<void>
}

/** An object as a read would find it. */
export interface HeadObjectOutput {
  readonly info: ObjectInfo
  readonly selection?: Selection
}

/** An object to write. */
export interface PutObjectInput extends BucketInput {
  readonly key: string
  readonly body: Body
  readonly content: ContentHeaders
  readonly metadata: Metadata
  readonly tags: readonly Tag[]
  /** Default: STANDARD. */
  readonly storageClass?: StorageClass
  /** Default: private. */
  readonly acl?: CannedAcl
  readonly conditions?: WriteConditions
}

/** An object that was written; the ETag is without quotes. */
export interface PutObjectOutput {
  readonly etag: string
  readonly sizeBytes: number
  readonly versionId?: string
  readonly checksum?: Checksum
}

/** An object, or a version of it, to delete. */
export interface DeleteObjectInput extends ObjectInput {
  readonly ifMatch?: WriteConditions['ifMatch']
}

/** What a delete did: `versionId` is that of the version deleted, or of the delete marker made. */
export interface DeleteObjectOutput {
  readonly versionId?: string
  readonly deleteMarker?: boolean
}

/** Up to 1,000 objects to delete; `quiet` asks for errors only. */
export interface DeleteObjectsInput extends BucketInput {
  readonly objects: readonly { readonly key: string; readonly versionId?: string; readonly etag?: string }[]
  readonly quiet: boolean
}

/** What became of each object. */
export interface DeleteObjectsOutput {
  readonly deleted: readonly { readonly key: string; readonly versionId?: string }[]
  readonly errors: readonly {
    readonly key: string
    readonly versionId?: string
    readonly code: string
    readonly message: string
  }[]
}

/** The object that a copy reads; its conditions are those of the `x-amz-copy-source-if-*` headers. */
export interface CopySource {
  readonly bucket: string
  readonly key: string
  readonly versionId?: string
  readonly conditions?: Conditions
  readonly expectedBucketOwner?: string
}

/** An object to copy. */
export interface CopyObjectInput extends BucketInput {
  readonly key: string
  readonly source: CopySource
  /** Given: replaces content headers and metadata of the source. Absent: they are copied. */
  readonly replace?: { readonly content: ContentHeaders; readonly metadata: Metadata }
  /** Given: replaces the tags of the source. */
  readonly tags?: readonly Tag[]
  /** Wanted for the copy when the source does not have it. */
  readonly checksumAlgorithm?: ChecksumAlgorithm
  /** Default: STANDARD; that of the source is not copied. */
  readonly storageClass?: StorageClass
  /** Default: private; that of the source is not copied. */
  readonly acl?: CannedAcl
  readonly conditions?: WriteConditions
}

/** The copy that was made. */
export interface CopyObjectOutput {
  readonly etag: string
  readonly lastModifiedMs: number
  readonly versionId?: string
  readonly sourceVersionId?: string
  readonly checksum?: Checksum
}

/** The fields that GetObjectAttributes can be asked for. */
export const objectAttributes = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'] as const
/** One of these fields. */
export type ObjectAttribute = (typeof objectAttributes)[number]

/** Which fields of an object to tell. */
export interface GetObjectAttributesInput extends ObjectInput {
  readonly attributes: readonly ObjectAttribute[]
  readonly maxParts: number
  /** Parts with greater numbers are listed. */
  readonly partNumberMarker: number
  readonly conditions?: Conditions
}

/** One part of an object that was uploaded in parts. */
export interface PartAttributes {
  readonly partNumber: number
  readonly sizeBytes: number
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string }
}

/** The fields of an object; its parts only if it was uploaded in parts with checksums. */
export interface GetObjectAttributesOutput {
  readonly info: ObjectInfo
  readonly parts?: {
    readonly totalCount: number
    readonly page: readonly PartAttributes[]
    readonly isTruncated: boolean
  }
}

/** The tags of an object. */
export interface GetObjectTaggingOutput {
  readonly tags: readonly Tag[]
  readonly versionId?: string
}

/** The tags that take the place of those of an object. */
export interface PutObjectTaggingInput extends ObjectInput {
  readonly tags: readonly Tag[]
}

/** The version whose tags were changed. */
export interface ObjectTaggingOutput {
  readonly versionId?: string
}

export type { Checksum, ChecksumAlgorithm, ChecksumType }
