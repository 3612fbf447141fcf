import { type BucketInfo, type CannedAcl, S3Error } from '@headrace/s3'
import type { Principal, RequestContext } from '../../core/context.ts'
import type { ObjectStore } from '../../core/store.ts'
import { requireOwnersAcl } from '../shared/acl.ts'
import { listOwnBuckets } from '../shared/buckets.ts'
import { remoteDefaults } from './remote-options.ts'
import { type RemoteParts, requireTenant, withoutOwner } from './remote-parts.ts'
import { notSupported } from './store-errors.ts'

type BucketOperation =
  | 'listBuckets'
  | 'createBucket'
  | 'headBucket'
  | 'deleteBucket'
  | 'getBucketLocation'
  | 'getBucketAcl'
  | 'putBucketAcl'
  | 'getObjectAcl'
  | 'putObjectAcl'

/**
 * Buckets and ACLs of an upstream account. The account is one tenant: whatever it has belongs to the owner of the store,
 * whoever asks. ACLs are those of the upstream, as far as they are about everybody; single users that it knows are nobody
 * here.
 */
export function bucketOperations(parts: RemoteParts): Pick<ObjectStore, BucketOperation> {
  const { caller, owner, policy } = parts
  const isTenant = (principal: Principal) =>
    principal.kind === 'owner' && (principal.isRoot || principal.id === owner.id)
  return {
    async listBuckets(input, ctx) {
      const isEmpty = !isTenant(ctx.principal)
      return listOwnBuckets(isEmpty ? [] : await everyBucket(parts, ctx), ctx.principal, input)
    },
    async createBucket(input, ctx) {
      requireTenant(isTenant(ctx.principal))
      requireAcls(policy.ledger.acls, input.acl)
      try {
        await caller.call('createBucket', withoutPrivate(input), ctx)
      } catch (error) {
        // Some say so, and some say nothing: to make one's own bucket again changes nothing.
        if (error instanceof S3Error && error.details.UpstreamCode === 'BucketAlreadyOwnedByYou') return
        throw error
      }
    },
    async headBucket({ bucket }, ctx) {
      const { region = parts.region } = await caller.call('headBucket', { bucket }, ctx)
      // It does not tell when it was made.
      const location = region === 'us-east-1' ? '' : region
      return { bucket: { name: bucket, createdMs: 0, owner, location, acl: await aclOf(parts, bucket, ctx) } }
    },
    async deleteBucket(input, ctx) {
      await caller.call('deleteBucket', withoutOwner(input), ctx)
    },
    async getBucketLocation(input, ctx) {
      return await caller.call('getBucketLocation', withoutOwner(input), ctx)
    },
    async getBucketAcl(input, ctx) {
      const { acl } = await caller.call('getBucketAcl', withoutOwner(input), ctx)
      return { owner, acl }
    },
    async putBucketAcl(input, ctx) {
      requireOwnersAcl(input.ownerIds, owner)
      requireAcls(policy.ledger.acls, input.acl)
      await caller.call('putBucketAcl', withoutOwner({ ...input, ownerIds: [] }), ctx)
    },
    async getObjectAcl(input, ctx) {
      const { acl } = await caller.call('getObjectAcl', withoutOwner(input), ctx)
      return { owner, acl }
    },
    async putObjectAcl(input, ctx) {
      requireOwnersAcl(input.ownerIds, owner)
      requireAcls(policy.ledger.acls, input.acl)
      await caller.call('putObjectAcl', withoutOwner({ ...input, ownerIds: [] }), ctx)
    },
  }
}

/**
 * Nothing is said of what everybody takes for granted: buckets whose ACLs are switched off, as new ones of AWS are, refuse
 * `private`, too.
 */
export function withoutPrivate<T extends { readonly acl?: CannedAcl }>(input: T): T {
  return input.acl === 'private' ? { ...input, acl: undefined } : input
}

/** @throws S3Error NotImplemented for one that would have no effect */
export function requireAcls(hasAcls: boolean, acl: CannedAcl | undefined): void {
  if (hasAcls || acl === undefined || acl === 'private') return
  throw notSupported('The upstream has no ACLs')
}

async function everyBucket({ caller, owner }: RemoteParts, ctx: RequestContext): Promise<BucketInfo[]> {
  const found: BucketInfo[] = []
  let continuationToken: string | undefined
  for (let page = 0; page < remoteDefaults.bucketPagesMax; page += 1) {
    const reply = await caller.call('listBuckets', { continuationToken }, ctx)
    for (const { name, createdMs } of reply.buckets) {
      found.push({ name, createdMs, owner, location: '', acl: 'private' })
    }
    continuationToken = reply.continuationToken
    if (continuationToken === undefined) break
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** A bucket whose ACL is not told is nobody's but the owner's. */
async function aclOf({ caller, policy }: RemoteParts, bucket: string, ctx: RequestContext): Promise<CannedAcl> {
  if (!policy.ledger.acls) return 'private'
  try {
    return (await caller.call('getBucketAcl', { bucket }, ctx)).acl
  } catch (error) {
    if (error instanceof S3Error && error.cause === undefined) return 'private'
    throw error
  }
}
