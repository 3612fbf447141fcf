import type { CannedAcl } from './acl.ts'
import type { Body } from './body.ts'
import type {
  BucketInput,
  Checksum,
  ChecksumAlgorithm,
  ChecksumType,
  ContentHeaders,
  Metadata,
  Owner,
  RangeRequest,
  Tag,
  WriteConditions,
} from './common.ts'
import type { CopySource } from './objects.ts'
import type { StorageClass } from './storage-class.ts'

/** What every operation on a multipart upload says. */
export interface UploadInput extends BucketInput {
  readonly key: string
  readonly uploadId: string
}

/** What a multipart upload will check and keep of its parts' checksums. */
export interface UploadChecksum {
  readonly algorithm: ChecksumAlgorithm
  readonly type: ChecksumType
}

/** What the object will have once the upload is complete. */
export interface CreateMultipartUploadInput extends BucketInput {
  readonly key: string
  readonly content: ContentHeaders
  readonly metadata: Metadata
  readonly tags: readonly Tag[]
  /** Default: STANDARD. */
  readonly storageClass?: StorageClass
  /** Default: private. */
  readonly acl?: CannedAcl
  readonly checksum?: UploadChecksum
}

/** An upload that has begun. */
export interface CreateMultipartUploadOutput {
  readonly uploadId: string
  readonly checksum?: UploadChecksum
}

/** One part; it replaces a part of the same number. */
export interface UploadPartInput extends UploadInput {
  /** 1 to 10,000. */
  readonly partNumber: number
  readonly body: Body
}

/** The checksum of one part: `value` is base64. */
export interface PartChecksum {
  readonly algorithm: ChecksumAlgorithm
  readonly value: string
}

/** A part that was stored; the ETag is without quotes. */
export interface UploadPartOutput {
  readonly etag: string
  readonly checksum?: PartChecksum
}

/** A part that is copied from an object, whole or a range of it. */
export interface UploadPartCopyInput extends UploadInput {
  readonly partNumber: number
  readonly source: CopySource
  readonly range?: RangeRequest
}

/** A part that was copied. */
export interface UploadPartCopyOutput {
  readonly etag: string
  readonly lastModifiedMs: number
  readonly sourceVersionId?: string
  readonly checksum?: PartChecksum
}

/** One part as CompleteMultipartUpload names it. */
export interface RequestedPart {
  readonly partNumber: number
  readonly etag: string
  readonly checksum?: PartChecksum
}

/** The parts that make the object, in the order in which the client named them. */
export interface CompleteMultipartUploadInput extends UploadInput {
  readonly parts: readonly RequestedPart[]
  readonly conditions?: WriteConditions
  /** What the client expects of the whole; refused when it turns out otherwise. */
  readonly expected?: {
    readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string }
    readonly checksumType?: ChecksumType
    readonly sizeBytes?: number
  }
}

/** The object that the parts became. */
export interface CompleteMultipartUploadOutput {
  readonly etag: string
  readonly versionId?: string
  readonly checksum?: Checksum
}

/** Which parts to list: those with greater numbers than `partNumberMarker`. */
export interface ListPartsInput extends UploadInput {
  readonly maxParts: number
  readonly partNumberMarker: number
}

/** One part of a listing. */
export interface ListedPart {
  readonly partNumber: number
  readonly sizeBytes: number
  readonly etag: string
  readonly lastModifiedMs: number
  readonly checksum?: PartChecksum
}

/** A page of parts, in the order of their numbers. */
export interface ListPartsOutput {
  readonly owner: Owner
  readonly storageClass: string
  readonly checksum?: UploadChecksum
  readonly parts: readonly ListedPart[]
  readonly isTruncated: boolean
}

/** Which uploads to list: those behind the markers. */
export interface ListMultipartUploadsInput extends BucketInput {
  readonly prefix: string
  readonly delimiter: string
  readonly maxUploads: number
  readonly keyMarker: string
  readonly uploadIdMarker?: string
}

/** One upload of a listing. */
export interface ListedUpload {
  readonly key: string
  readonly uploadId: string
  readonly initiatedMs: number
  readonly storageClass: string
  readonly checksum?: UploadChecksum
}

/** A page of uploads: by key, then by when they began. */
export interface ListMultipartUploadsOutput {
  readonly owner: Owner
  readonly uploads: readonly ListedUpload[]
  readonly commonPrefixes: readonly string[]
  readonly next?: { readonly keyMarker: string; readonly uploadIdMarker?: string }
}
