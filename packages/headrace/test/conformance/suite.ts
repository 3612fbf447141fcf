import { testBuckets } from './buckets.ts'
import { testChecksums } from './checksums.ts'
import { testCopies } from './copies.ts'
import type { StoreUnderTest } from './harness.ts'
import { testListing } from './listing.ts'
import { testMultipart } from './multipart.ts'
import { testObjects } from './objects.ts'
import { testStorageClasses } from './storage-classes.ts'

/**
 * What every object store has to do, whatever it is made of: run it on each of them, and on each of them under every
 * layer.
 */
export function testObjectStore(name: string, create: () => Promise<StoreUnderTest>): void {
  testBuckets(name, create)
  testObjects(name, create)
  testListing(name, create)
  testCopies(name, create)
  testStorageClasses(name, create)
  testMultipart(name, create)
  testChecksums(name, create)
}
