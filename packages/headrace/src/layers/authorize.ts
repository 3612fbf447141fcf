import { type CannedAcl, type OperationName, type Operations, S3Error } from '@headrace/s3'
import type { Principal } from '../core/context.ts'
import { around } from '../core/layer.ts'
import type { Layer } from '../core/store.ts'

/** What the layer has to know of buckets and objects; undefined when there is none. */
export interface AccessFacts {
  bucket(bucket: string): Promise<{ readonly ownerId: string; readonly acl: CannedAcl } | undefined>
  objectAcl(bucket: string, key: string): Promise<CannedAcl | undefined>
  hasTags(bucket: string, key: string): Promise<boolean>
}

/** What others than the owner may do with a bucket whose ACL lets them read it, or write into it. */
const readsBucket: ReadonlySet<OperationName> = new Set([
  'headBucket',
  'listObjects',
  'listObjectsV2',
  'listObjectVersions',
  'listMultipartUploads',
])
const writesBucket: ReadonlySet<OperationName> = new Set([
  'putObject',
  'copyObject',
  'deleteObject',
  'deleteObjects',
  'createMultipartUpload',
  'uploadPart',
  'uploadPartCopy',
  'completeMultipartUpload',
  'abortMultipartUpload',
  'listParts',
])
/** What they may do with an object whose ACL lets them read it. */
const readsObject: ReadonlySet<OperationName> = new Set(['getObject', 'headObject'])

/**
 * Decides who may do what: an owner everything with the own buckets, the root owner everything, everybody else what the
 * ACL of the bucket or of the object gives: nothing, unless its owner said so.
 * It stands before admission, so that an intruder cannot use up anybody's share.
 */
export function authorize(facts: AccessFacts): Layer {
  return around(async ({ operation, input, ctx }, next) => {
    const { principal } = ctx
    if (operation === 'listBuckets' || operation === 'createBucket') {
      // Everybody with a key has buckets; whether a name is free is for the store to say.
      if (principal.kind === 'anonymous') throw new S3Error('AccessDenied')
      return next(ctx)
    }
    await requireAccess(facts, principal, operation, input as Operations['headObject']['input'])
    const source = sourceOf(operation, input)
    if (source !== undefined) {
      await requireAccess(facts, principal, 'getObject', source)
      // Whoever may read an object may not read its tags for that, and a copy would show them.
      const keepsTags = operation === 'copyObject' && (input as Operations['copyObject']['input']).tags === undefined
      if (keepsTags && (await facts.hasTags(source.bucket, source.key))) {
        await requireAccess(facts, principal, 'getObjectTagging', source)
      }
    }
    return next(ctx)
  })
}

/** Copies read from a second place. */
function sourceOf(operation: OperationName, input: unknown): Operations['copyObject']['input']['source'] | undefined {
  if (operation !== 'copyObject' && operation !== 'uploadPartCopy') return undefined
  return (input as Operations['copyObject']['input']).source
}

interface Place {
  readonly bucket: string
  readonly key?: string
  readonly expectedBucketOwner?: string | undefined
}

/** @throws S3Error AccessDenied */
async function requireAccess(
  facts: AccessFacts,
  principal: Principal,
  operation: OperationName,
  place: Place,
): Promise<void> {
  const { bucket: name, key = '', expectedBucketOwner } = place
  const isRoot = principal.kind === 'owner' && principal.isRoot
  if (isRoot && expectedBucketOwner === undefined) return
  const bucket = await facts.bucket(name)
  // The store says better that there is no such bucket.
  if (bucket === undefined) return
  if (expectedBucketOwner !== undefined && expectedBucketOwner !== bucket.ownerId) throw new S3Error('AccessDenied')
  if (isRoot || (principal.kind === 'owner' && principal.id === bucket.ownerId)) return
  if (readsBucket.has(operation) && letsRead(bucket.acl, principal)) return
  if (writesBucket.has(operation) && bucket.acl === 'public-read-write') return
  if (readsObject.has(operation)) {
    const acl = await facts.objectAcl(name, key)
    // Whether an object exists is told to those only who may list the bucket.
    if (acl === undefined ? letsRead(bucket.acl, principal) : letsRead(acl, principal)) return
  }
  throw new S3Error('AccessDenied')
}

function letsRead(acl: CannedAcl, principal: Principal): boolean {
  if (acl === 'authenticated-read') return principal.kind === 'owner'
  return acl === 'public-read' || acl === 'public-read-write'
}
