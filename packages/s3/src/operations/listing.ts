import type { BucketInput, ChecksumAlgorithm, ChecksumType, Owner } from './common.ts'

/** Names in listings are compared as UTF-8 bytes, not as JavaScript strings. */
interface PageInput extends BucketInput {
  readonly prefix: string
  /** Empty: no rolling up. */
  readonly delimiter: string
  /** At most 1,000. */
  readonly maxKeys: number
}

/** Which objects to list. */
export interface ListObjectsInput extends PageInput {
  /**
   * Only names greater than this. Being a common prefix of this listing, it stands for all the names below it: this is
   * what the page before ended with.
   */
  readonly startAfter: string
}

/** One object of a listing; the ETag is without quotes, times are milliseconds since 1970. */
export interface ListedObject {
  readonly key: string
  readonly sizeBytes: number
  readonly etag: string
  readonly lastModifiedMs: number
  readonly storageClass: string
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType }
}

/** A page of objects and common prefixes, each in the order of their UTF-8 bytes. */
export interface ListObjectsOutput {
  readonly owner: Owner
  readonly objects: readonly ListedObject[]
  readonly commonPrefixes: readonly string[]
  /** Present when there is more: `startAfter` of the next page. */
  readonly nextStartAfter?: string
}

/** Which versions to list: those behind the markers. */
export interface ListObjectVersionsInput extends PageInput {
  readonly keyMarker: string
  /** Continues inside the versions of `keyMarker`. */
  readonly versionIdMarker?: string
}

/** One version of an object, or a delete marker, which has no size and no ETag to speak of. */
export interface ListedVersion extends ListedObject {
  readonly versionId: string
  readonly isLatest: boolean
  readonly isDeleteMarker: boolean
}

/** A page of versions: by key, the latest first. */
export interface ListObjectVersionsOutput {
  readonly owner: Owner
  readonly versions: readonly ListedVersion[]
  readonly commonPrefixes: readonly string[]
  readonly next?: { readonly keyMarker: string; readonly versionIdMarker?: string }
}
