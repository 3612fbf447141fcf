import { S3Error } from '@headrace/s3'
import type { Runtime } from '../../core/runtime.ts'
import type { ObjectStore } from '../../core/store.ts'
import { requireOwnersAcl } from '../shared/acl.ts'
import { listOwnBuckets, ownerOf, requireOwnBucket } from '../shared/buckets.ts'
import type { FindBucket, MemoryBucket } from './bucket.ts'
import { listingOperations } from './listing.ts'
import { multipartOperations } from './multipart.ts'
import { findObject, objectOperations } from './objects.ts'

/**
 * Keeps everything in memory, in the plainest way: the reference that other stores are compared with. What it does in
 * one turn of the event loop is atomic.
 */
export function createMemoryStore(runtime: Pick<Runtime, 'clock' | 'random'>): ObjectStore {
  const buckets = new Map<string, MemoryBucket>()
  const find: FindBucket = (name) => {
    const bucket = buckets.get(name)
    if (bucket === undefined) throw new S3Error('NoSuchBucket', { details: { BucketName: name } })
    return bucket
  }
  return {
    name: 'memory',
    capability: { conditionalWrites: true, copyWithoutData: false },

    async listBuckets(input, { principal }) {
      const sorted = [...buckets.values()].map(({ info }) => info).sort((a, b) => (a.name < b.name ? -1 : 1))
      return listOwnBuckets(sorted, principal, input)
    },
    async createBucket({ bucket: name, location, acl = 'private' }, { principal }) {
      const owner = ownerOf(principal)
      const existing = buckets.get(name)
      if (existing !== undefined) return requireOwnBucket(name, existing.info.owner.id, owner)
      const info = { name, createdMs: runtime.clock.now(), owner, location, acl }
      buckets.set(name, { info, objects: new Map(), uploads: new Map(), completed: new Map() })
    },
    async headBucket({ bucket }) {
      return { bucket: find(bucket).info }
    },
    async deleteBucket({ bucket }) {
      if (find(bucket).objects.size > 0) throw new S3Error('BucketNotEmpty', { details: { BucketName: bucket } })
      buckets.delete(bucket)
    },
    async getBucketLocation({ bucket }) {
      return { location: find(bucket).info.location }
    },
    async getBucketAcl({ bucket }) {
      const { owner, acl } = find(bucket).info
      return { owner, acl }
    },
    async putBucketAcl({ bucket: name, acl, ownerIds }) {
      const bucket = find(name)
      requireOwnersAcl(ownerIds, bucket.info.owner)
      bucket.info = { ...bucket.info, acl }
    },
    async getObjectAcl(input) {
      const { acl } = findObject(find, input)
      return { owner: find(input.bucket).info.owner, acl }
    },
    async putObjectAcl(input) {
      const object = findObject(find, input)
      const { info, objects } = find(input.bucket)
      requireOwnersAcl(input.ownerIds, info.owner)
      objects.set(input.key, { ...object, acl: input.acl })
    },
    ...listingOperations(find),
    ...objectOperations(find, runtime),
    ...multipartOperations(find, runtime),
  }
}
