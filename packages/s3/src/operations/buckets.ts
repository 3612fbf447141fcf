import type { BucketInput, Owner } from './common.ts'

export interface ListBucketsInput {
  readonly prefix?: string
  /** Name of the last bucket of the page before. */
  readonly startAfter?: string
  /** Default: all buckets. */
  readonly maxBuckets?: number
}

export interface BucketInfo {
  readonly name: string
  readonly createdMs: number
  readonly owner: Owner
  /** Location constraint as given when the bucket was made; empty for the default region. */
  readonly location: string
}

export interface ListBucketsOutput {
  readonly buckets: readonly BucketInfo[]
  readonly owner: Owner
  /** Present when there are more. */
  readonly nextStartAfter?: string
}

export interface CreateBucketInput extends BucketInput {
  readonly location: string
}

export interface HeadBucketOutput {
  readonly bucket: BucketInfo
}

export interface GetBucketLocationOutput {
  readonly location: string
}
