import { type OperationName, type Operations, S3Error } from '@headrace/s3'
import type { Principal } from '../core/context.ts'
import { around } from '../core/layer.ts'
import type { Layer } from '../core/store.ts'

/**
 * Decides who may do what: an owner everything with the own buckets, the root owner everything, anybody else nothing.
 * It stands before admission, so that an intruder cannot use up anybody's share.
 * @param ownerOf canonical id of the owner of a bucket; undefined when there is no such bucket
 */
export function authorize(ownerOf: (bucket: string) => Promise<string | undefined>): Layer {
  const requireAccess = async (principal: Principal, bucket: string, expectedOwner: string | undefined) => {
    if (principal.kind === 'anonymous') throw new S3Error('AccessDenied')
    if (principal.isRoot && expectedOwner === undefined) return
    const owner = await ownerOf(bucket)
    // The store says better that there is no such bucket.
    if (owner === undefined) return
    if (expectedOwner !== undefined && expectedOwner !== owner) throw new S3Error('AccessDenied')
    if (!principal.isRoot && principal.id !== owner) throw new S3Error('AccessDenied')
  }
  return around(async ({ operation, input, ctx }, next) => {
    const { principal } = ctx
    if (principal.kind === 'anonymous') throw new S3Error('AccessDenied')
    if (operation === 'listBuckets') return next(ctx)
    const { bucket, expectedBucketOwner } = input as Operations['headBucket']['input']
    // Whoever makes a bucket owns it; whether the name is free is for the store to say.
    if (operation !== 'createBucket') await requireAccess(principal, bucket, expectedBucketOwner)
    const source = sourceOf(operation, input)
    if (source !== undefined) await requireAccess(principal, source.bucket, source.expectedBucketOwner)
    return next(ctx)
  })
}

/** Copies read from a second bucket. */
function sourceOf(operation: OperationName, input: unknown): Operations['copyObject']['input']['source'] | undefined {
  if (operation !== 'copyObject' && operation !== 'uploadPartCopy') return undefined
  return (input as Operations['copyObject']['input']).source
}
