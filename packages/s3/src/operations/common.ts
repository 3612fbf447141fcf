/** Checksum algorithms of S3 besides MD5 (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html). */
export const checksumAlgorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const
/** One of the five, by its name in S3. */
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number]

/**
 * FULL_OBJECT covers all bytes of the object. COMPOSITE is the checksum of the parts' checksums, and its value
 * ends in `-N` for N parts.
 */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE'

/** A checksum as S3 keeps it with an object. */
export interface Checksum {
  readonly algorithm: ChecksumAlgorithm
  readonly type: ChecksumType
  /** Base64 of the checksum, with `-N` behind it when composite. */
  readonly value: string
}

/** Whom something belongs to. */
export interface Owner {
  /** Canonical user id: 64 hexadecimal digits. */
  readonly id: string
  readonly displayName: string
}

/** Content headers that are kept with an object and come back with it, byte for byte (a character for each byte). */
export interface ContentHeaders {
  readonly contentType?: string
  readonly contentEncoding?: string
  readonly contentDisposition?: string
  readonly contentLanguage?: string
  readonly cacheControl?: string
  readonly expires?: string
  readonly websiteRedirectLocation?: string
}

/**
 * User metadata: names in lower case without `x-amz-meta-`. Values are kept as they came, a character for each byte
 * (latin1), because nobody says what encoding they have; most clients mean UTF-8.
 */
export type Metadata = Readonly<Record<string, string>>

/** A tag of an object: at most 128 and 256 characters. */
export interface Tag {
  readonly key: string
  readonly value: string
}

/** `*` is any existing object; else ETags without quotes. */
export type EtagCondition = '*' | readonly string[]

/** Conditions of a read, or of the source of a copy (RFC 9110, section 13). Times are milliseconds since 1970. */
export interface Conditions {
  readonly ifMatch?: EtagCondition
  readonly ifNoneMatch?: EtagCondition
  readonly ifModifiedSinceMs?: number
  readonly ifUnmodifiedSinceMs?: number
}

/** Which object a range is about (RFC 9110, section 13.1.5): an ETag without quotes, or a time; neither fits none. */
export interface IfRange {
  readonly etag?: string
  readonly lastModifiedMs?: number
}

/** Conditions of a write. `ifNoneMatch: '*'` writes only if no such object exists. */
export interface WriteConditions {
  readonly ifMatch?: EtagCondition
  readonly ifNoneMatch?: EtagCondition
}

/** One range of bytes as asked for, before the size of the object is known: from `first`, or the last `suffixBytes`. */
export type RangeRequest =
  | { readonly first: number; readonly last?: number; readonly suffixBytes?: never }
  | { readonly suffixBytes: number; readonly first?: never; readonly last?: never }

/** What every operation on a bucket, or in one, says. */
export interface BucketInput {
  readonly bucket: string
  /** The owner that the client expects; the request is refused when the bucket belongs to another. */
  readonly expectedBucketOwner?: string
}

/** What every operation on an object says. */
export interface ObjectInput extends BucketInput {
  readonly key: string
  /** Absent: the current version. `null` is the version written without versioning. */
  readonly versionId?: string
}
