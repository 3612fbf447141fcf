import type { BucketInfo } from '@headrace/s3'
import type { ObjectStore } from '../../../core/store.ts'
import { requireOwnersAcl } from '../../shared/acl.ts'
import { listOwnBuckets, ownerOf } from '../../shared/buckets.ts'
import { type BucketRow, decodeBucketRow } from '../format/bucket-row.ts'
import { ownerOfRow } from './listing.ts'
import { type EmbeddedServices, requireBucket, requireEntry } from './services.ts'

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

function bucketInfo(name: string, { createdMs, ownerId, ownerName, location }: BucketRow): BucketInfo {
  return { name, createdMs, owner: { id: ownerId, displayName: ownerName }, location }
}

export function bucketOperations(services: EmbeddedServices): Pick<ObjectStore, BucketOperation> {
  const { keeper, runtime } = services
  return {
    async listBuckets(input, { principal }) {
      const buckets: BucketInfo[] = []
      for (const { key, value } of services.snapshot().scan('buckets', { from: Buffer.alloc(0) })) {
        buckets.push(bucketInfo(key.toString(), decodeBucketRow(value)))
      }
      return listOwnBuckets(buckets, principal, input)
    },
    async createBucket({ bucket: name, location }, { principal }) {
      const { id: ownerId, displayName: ownerName } = ownerOf(principal)
      await keeper.submit('createBucket', { name, ownerId, ownerName, location, createdMs: runtime.clock.now() })
    },
    async headBucket({ bucket }) {
      return { bucket: bucketInfo(bucket, requireBucket(services.snapshot(), bucket)) }
    },
    async deleteBucket({ bucket }) {
      await keeper.submit('deleteBucket', { name: bucket })
    },
    async getBucketLocation({ bucket }) {
      return { location: requireBucket(services.snapshot(), bucket).location }
    },
    async getBucketAcl({ bucket }) {
      return { owner: ownerOfRow(requireBucket(services.snapshot(), bucket)) }
    },
    async putBucketAcl({ bucket, ownerIds }) {
      requireOwnersAcl(ownerIds, ownerOfRow(requireBucket(services.snapshot(), bucket)))
    },
    async getObjectAcl(input) {
      const index = services.snapshot()
      requireEntry(index, input)
      return { owner: ownerOfRow(requireBucket(index, input.bucket)) }
    },
    async putObjectAcl(input) {
      const index = services.snapshot()
      requireEntry(index, input)
      requireOwnersAcl(input.ownerIds, ownerOfRow(requireBucket(index, input.bucket)))
    },
  }
}
