import type { BucketInput, ChecksumAlgorithm, ChecksumType, Owner } from './common.ts'

/** Names in listings are compared as UTF-8 bytes, not as JavaScript strings. */
interface PageInput extends BucketInput {
  readonly prefix: string
  /** Empty: no rolling up. */
  readonly delimiter: string
  /** At most 1,000. */
  readonly maxKeys: number
}

export interface ListObjectsInput extends PageInput {
  /**
   * Only names greater than this. Being a common prefix of this listing, it stands for all the names below it: this is
   * what the page before ended with.
   */
  readonly startAfter: string
}

export interface ListedObject {
  readonly key: string
  readonly sizeBytes: number
  readonly etag: string
  readonly lastModifiedMs: number
  readonly storageClass: string
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType }
}

export interface ListObjectsOutput {
  readonly owner: Owner
  readonly objects: readonly ListedObject[]
  readonly commonPrefixes: readonly string[]
  /** Present when there is more: `startAfter` of the next page. */
  readonly nextStartAfter?: string
}

export interface ListObjectVersionsInput extends PageInput {
  readonly keyMarker: string
  /** Continues inside the versions of `keyMarker`. */
  readonly versionIdMarker?: string
}

export interface ListedVersion extends ListedObject {
  readonly versionId: string
  readonly isLatest: boolean
  readonly isDeleteMarker: boolean
}

export interface ListObjectVersionsOutput {
  readonly owner: Owner
  readonly versions: readonly ListedVersion[]
  readonly commonPrefixes: readonly string[]
  readonly next?: { readonly keyMarker: string; readonly versionIdMarker?: string }
}
