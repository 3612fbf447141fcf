import type { BucketInfo } from '@headrace/s3'
import type { ObjectStore } from '../../../core/store.ts'
import { listOwnBuckets, ownerOf } from '../../shared/buckets.ts'
import { type BucketRow, decodeBucketRow } from '../format/bucket-row.ts'
import { type EmbeddedServices, requireBucket } from './services.ts'

type BucketOperation = 'listBuckets' | 'createBucket' | 'headBucket' | 'deleteBucket' | 'getBucketLocation'

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
  }
}
