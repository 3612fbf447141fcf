// The remote store over an upstream that is our own server half over memory: whatever every store has to do, it does over
// the wire. Buckets are tested on their own: here they all belong to one owner.

import assert from 'node:assert/strict'
import { createMemoryStore } from '../../src/store/memory/memory-store.ts'
import { completeLedger } from '../../src/store/remote/capability/ledger.ts'
import type { RemoteStoreOptions } from '../../src/store/remote/remote-options.ts'
import { remoteStore } from '../../src/store/remote/remote-store.ts'
import { testChecksums } from '../conformance/checksums.ts'
import { testCopies } from '../conformance/copies.ts'
import { context, principal, type StoreUnderTest } from '../conformance/harness.ts'
import { testListing } from '../conformance/listing.ts'
import { testMultipart } from '../conformance/multipart.ts'
import { testObjects } from '../conformance/objects.ts'
import { testStorageClasses } from '../conformance/storage-classes.ts'
import { runtime } from '../open-store.ts'
import { renamedBuckets } from './renamed-buckets.ts'
import { credentials, region, servedGroup } from './served-group.ts'

const owner = { id: 'alice'.padEnd(64, '0'), displayName: 'alice' }

function overMemory(more: Partial<RemoteStoreOptions>): () => Promise<StoreUnderTest> {
  return async () => {
    const group = servedGroup({ store: createMemoryStore(runtime), ctx: context(principal('bob', true)) })
    const options = { name: 'remote', group, credentials: () => credentials, region, owner, runtime }
    return {
      store: renamedBuckets('bucket-')(
        remoteStore({ ...options, trustsTransport: false, ledger: completeLedger, ...more }),
      ),
      async close() {
        assert.equal(group.open.size, 0, 'every place was given back')
      },
    }
  }
}

function testRemote(name: string, more: Partial<RemoteStoreOptions>): void {
  const create = overMemory(more)
  testObjects(name, create)
  testListing(name, create)
  testCopies(name, create)
  testStorageClasses(name, create)
  testMultipart(name, create)
  testChecksums(name, create)
}

testRemote('remote, signed', {})
testRemote('remote, trusted', { trustsTransport: true })

testObjects('remote, streaming', overMemory({ limits: { keptBodyBytesMax: 0, signedChunkBytes: 8192 } }))
