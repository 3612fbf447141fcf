import type { ObjectStore } from '../../core/store.ts'
import { bucketOperations } from './gateway/buckets.ts'
import { listingOperations } from './gateway/listing.ts'
import { multipartOperations } from './gateway/multipart.ts'
import { readOperations } from './gateway/objects-read.ts'
import { writeOperations } from './gateway/objects-write.ts'
import type { EmbeddedServices } from './gateway/services.ts'

/**
 * The embedded store as a gateway has it: reads look into the mapped index and go to the drive themselves; writes put
 * their bytes on the drive and let the keeper commit them.
 */
export function createEmbeddedStore(services: EmbeddedServices): ObjectStore {
  return {
    name: 'embedded',
    capability: { conditionalWrites: true, copyWithoutData: true },
    ...bucketOperations(services),
    ...listingOperations(services),
    ...readOperations(services),
    ...writeOperations(services),
    ...multipartOperations(services),
  }
}
