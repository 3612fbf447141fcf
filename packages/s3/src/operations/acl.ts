import type { BucketInput, ObjectInput, Owner } from './common.ts'

/**
 * Who may do what with a bucket or an object beside its owner, who may do everything: nobody; everybody read; everybody
 * read, and write into a bucket; everybody with an access key read.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl
 */
export const cannedAcls = ['private', 'public-read', 'public-read-write', 'authenticated-read'] as const
/** One of the canned ACLs. Objects belong to the owner of their bucket, whoever wrote them. */
export type CannedAcl = (typeof cannedAcls)[number]

/** Output of GetBucketAcl and GetObjectAcl. */
export interface AclOutput {
  readonly owner: Owner
  readonly acl: CannedAcl
}

interface PutAcl {
  readonly acl: CannedAcl
  /** Everybody whom the list gives everything, by canonical id: it can be the owner only. */
  readonly ownerIds: readonly string[]
}

/** Input of PutBucketAcl. */
export interface PutBucketAclInput extends BucketInput, PutAcl {}

/** Input of PutObjectAcl. */
export interface PutObjectAclInput extends ObjectInput, PutAcl {}
