import { S3Error } from '@headrace/s3'
import type { Runtime } from '../../core/runtime.ts'
import type { ObjectStore } from '../../core/store.ts'
import { requireOwnersAcl } from '../shared/acl.ts'
import { listOwnBuckets, ownerOf, requireOwnBucket } from '../shared/buckets.ts'
import type { MemoryBucket } from './bucket.ts'
import { listingOperations } from './listing.ts'
import { multipartOperations } from './multipart.ts'
import { findObject, objectOperations } from './objects.ts'

/** Finds a bucket, or says that there is none. */
export type FindBucket = (name: string) => MemoryBucket

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
    async createBucket({ bucket: name, location }, { principal }) {
      const owner = ownerOf(principal)
      const existing = buckets.get(name)
      if (existing !== undefined) return requireOwnBucket(name, existing.info.owner.id, owner)
      const info = { name, createdMs: runtime.clock.now(), owner, location }
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
      return { owner: find(bucket).info.owner }
    },
    async putBucketAcl({ bucket, ownerIds }) {
      requireOwnersAcl(ownerIds, find(bucket).info.owner)
    },
    async getObjectAcl(input) {
      findObject(find, input)
      return { owner: find(input.bucket).info.owner }
    },
    async putObjectAcl(input) {
      findObject(find, input)
      requireOwnersAcl(input.ownerIds, find(input.bucket).info.owner)
    },
    ...listingOperations(find),
    ...objectOperations(find, runtime),
    ...multipartOperations(find, runtime),
  }
}
