import type { BucketInfo } from '@headrace/s3'
import type { ObjectStore } from '../../../core/store.ts'
import { requireOwnersAcl } from '../../shared/acl.ts'
import { listOwnBuckets, ownerOf } from '../../shared/buckets.ts'
import { type BucketRow, decodeBucketRow } from '../format/bucket-row.ts'
import { ownerOfRow } from './listing.ts'
import { type EmbeddedServices, requireBucket } from './services.ts'

type BucketOperation =
  | 'listBuckets'
  | 'createBucket'
  | 'headBucket'
  | 'deleteBucket'
  | 'getBucketLocation'
  | 'getBucketAcl'
  | 'putBucketAcl'

function bucketInfo(name: string, row: BucketRow): BucketInfo {
  const { createdMs, location, acl } = row
  return { name, createdMs, owner: ownerOfRow(row), location, acl }
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
    async createBucket({ bucket: name, location, acl = 'private' }, { principal }) {
      const { id: ownerId, displayName: ownerName } = ownerOf(principal)
      const createdMs = runtime.clock.now()
      await keeper.submit('createBucket', { name, ownerId, ownerName, location, acl, createdMs })
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
      const row = requireBucket(services.snapshot(), bucket)
      return { owner: ownerOfRow(row), acl: row.acl }
    },
    async putBucketAcl({ bucket: name, acl, ownerIds }) {
      const row = requireBucket(services.snapshot(), name)
      requireOwnersAcl(ownerIds, ownerOfRow(row))
      await keeper.submit('putBucketAcl', { bucket: { name, id: row.id }, acl })
    },
  }
}
