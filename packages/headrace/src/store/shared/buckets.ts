import { type BucketInfo, type ListBucketsInput, type ListBucketsOutput, type Owner, S3Error } from '@headrace/s3'
import type { Principal } from '../../core/context.ts'

/** Who a new bucket will belong to. Layers have seen to it that nobody anonymous gets here. */
export function ownerOf(principal: Principal): Owner {
  if (principal.kind === 'anonymous') throw new S3Error('AccessDenied')
  return { id: principal.id, displayName: principal.displayName }
}

/**
 * Making one's own bucket again changes nothing and is no failure, as in AWS's oldest region: a repeated request gets
 * the same answer.
 * @throws S3Error BucketAlreadyExists when it is somebody else's
 */
export function requireOwnBucket(name: string, ownerId: string, { id }: Pick<Owner, 'id'>): void {
  if (ownerId !== id) throw new S3Error('BucketAlreadyExists', { details: { BucketName: name } })
}

/** A page of the buckets that somebody sees: the own ones, or all for the root owner. */
export function listOwnBuckets(
  buckets: Iterable<BucketInfo>,
  principal: Principal,
  { prefix = '', startAfter = '', maxBuckets = Number.POSITIVE_INFINITY }: ListBucketsInput,
): ListBucketsOutput {
  const owner = ownerOf(principal)
  const seesAll = principal.kind === 'owner' && principal.isRoot
  const page: BucketInfo[] = []
  for (const bucket of buckets) {
    // Bucket names are ASCII, so comparing code units is comparing bytes.
    if (bucket.name <= startAfter || !bucket.name.startsWith(prefix)) continue
    if (!seesAll && bucket.owner.id !== owner.id) continue
    if (page.length === maxBuckets) return { owner, buckets: page, nextStartAfter: page.at(-1)?.name }
    page.push(bucket)
  }
  return { owner, buckets: page }
}

/** Objects that were written without versioning have the version `null`, which need not be named. */
export function isNullVersion(versionId: string | undefined): boolean {
  return versionId === undefined || versionId === 'null'
}

/** @throws S3Error NoSuchVersion for any other version */
export function requireNullVersion(versionId: string | undefined): void {
  if (isNullVersion(versionId)) return
  throw new S3Error('NoSuchVersion', { details: { VersionId: versionId?.slice(0, 256) ?? '' } })
}
