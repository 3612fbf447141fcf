import type { BucketInput, ObjectInput, Owner } from './common.ts'

/**
 * Access control lists say what is true: the owner of the bucket has everything, and nobody else anything. Lists that
 * say that can be put, and change nothing.
 */
export interface AclOutput {
  readonly owner: Owner
}

interface OwnersAcl {
  /** Everybody whom the list gives everything, by canonical id; empty for a canned list, which means the owner. */
  readonly ownerIds: readonly string[]
}

/** Input of PutBucketAcl. */
export interface PutBucketAclInput extends BucketInput, OwnersAcl {}

/** Input of PutObjectAcl. */
export interface PutObjectAclInput extends ObjectInput, OwnersAcl {}
