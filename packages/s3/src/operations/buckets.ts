import type { CannedAcl } from './acl.ts'
import type { BucketInput, Owner } from './common.ts'

/** Which buckets to list. */
export interface ListBucketsInput {
  readonly prefix?: string
  /** Name of the last bucket of the page before. */
  readonly startAfter?: string
  /** Default: all buckets. */
  readonly maxBuckets?: number
}

/** What is known about a bucket. */
export interface BucketInfo {
  readonly name: string
  readonly createdMs: number
  readonly owner: Owner
  /** Location constraint as given when the bucket was made; empty for the default region. */
  readonly location: string
  readonly acl: CannedAcl
}

/** A page of buckets, in the order of their names. */
export interface ListBucketsOutput {
  readonly buckets: readonly BucketInfo[]
  readonly owner: Owner
  /** Present when there are more. */
  readonly nextStartAfter?: string
}

/** A bucket to create; `location` is empty for the default region. */
export interface CreateBucketInput extends BucketInput {
  readonly location: string
  /** Default: private. */
  readonly acl?: CannedAcl
}

/** A bucket that is there. */
export interface HeadBucketOutput {
  readonly bucket: BucketInfo
}

/** Where a bucket is; empty for the default region. */
export interface GetBucketLocationOutput {
  readonly location: string
}
