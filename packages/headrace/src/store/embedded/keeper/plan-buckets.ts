import { S3Error } from '@headrace/s3'
import { requireOwnBucket } from '../../shared/buckets.ts'
import { decodeBucketRow, encodeBucketRow } from '../format/bucket-row.ts'
import { decodeNumber, encodeNumber } from '../format/counters.ts'
import { bucketIdKey, metaKeys } from '../index/keys.ts'
import type { Mutations } from './mutation.ts'
import type { Plan } from './plan.ts'

export function createBucket(plan: Plan, input: Mutations['createBucket']['input']): null {
  const { name, ...row } = input
  const key = Buffer.from(name)
  plan.context.claim(`bucket ${name}`)
  plan.context.claim('bucket ids')
  const existing = plan.index.get('buckets', key)
  if (existing !== undefined) {
    requireOwnBucket(name, decodeBucketRow(existing).ownerId, { id: row.ownerId })
    return null
  }
  const next = plan.index.get('meta', metaKeys.nextBucketId)
  const id = next === undefined ? 1 : decodeNumber(next)
  plan.put('meta', metaKeys.nextBucketId, encodeNumber(id + 1))
  plan.put('buckets', key, encodeBucketRow({ id, ...row }))
  return null
}

export function putBucketAcl(plan: Plan, { bucket, acl }: Mutations['putBucketAcl']['input']): null {
  plan.context.claim(`bucket ${bucket.name}`)
  const row = plan.requireBucket(bucket)
  plan.put('buckets', Buffer.from(bucket.name), encodeBucketRow({ ...row, acl }))
  return null
}

/** Uploads that were under way in the bucket are left to the worker that sweeps those of buckets that are gone. */
export function deleteBucket(plan: Plan, { name }: Mutations['deleteBucket']['input']): null {
  const key = Buffer.from(name)
  plan.context.claim(`bucket ${name}`)
  const bytes = plan.index.get('buckets', key)
  if (bytes === undefined) throw new S3Error('NoSuchBucket', { details: { BucketName: name } })
  const { id } = decodeBucketRow(bytes)
  for (const _ of plan.index.scan('objects', { from: bucketIdKey(id), to: bucketIdKey(id + 1), limit: 1 })) {
    throw new S3Error('BucketNotEmpty', { details: { BucketName: name } })
  }
  plan.remove('buckets', key)
  plan.remove('usage', bucketIdKey(id))
  return null
}
