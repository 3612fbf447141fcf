// The remote store over an upstream that is our own server half over memory: whatever every store has to do, it does over
// the wire. Buckets are tested on their own: here they all belong to one owner.

import assert from 'node:assert/strict'
import { AttemptError } from '../../src/core/attempt.ts'
import { pipeline } from '../../src/core/layer.ts'
import { systemClock, systemRandom } from '../../src/core/runtime.ts'
import type { Layer } from '../../src/core/store.ts'
import { attemptDefaults, attemptLayers } from '../../src/layers/attempt-layers.ts'
import { createAttemptFigures } from '../../src/layers/attempts/figures.ts'
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
import { credentials, region, replyOf, type ServedOptions, servedGroup } from './served-group.ts'

const owner = { id: 'alice'.padEnd(64, '0'), displayName: 'alice' }

interface Around {
  readonly layers?: readonly Layer[]
  readonly intercept?: ServedOptions['intercept']
}

function overMemory(more: Partial<RemoteStoreOptions>, around: Around = {}): () => Promise<StoreUnderTest> {
  return async () => {
    const { layers = [], intercept } = around
    const ctx = context(principal('bob', true))
    const group = servedGroup({ store: createMemoryStore(runtime), ctx, ...(intercept && { intercept }) })
    const options = { name: 'remote', group, credentials: () => credentials, region, owner, runtime }
    const store = remoteStore({ ...options, trustsTransport: false, ledger: completeLedger, ...more })
    return {
      store: pipeline(store, [renamedBuckets('bucket-'), ...layers]),
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

const slowDown = '<Error><Code>SlowDown</Code></Error>'

/** Every third request is asked to come later, or finds nobody. */
function unreliable(): ServedOptions['intercept'] {
  let requests = 0
  return () => {
    requests += 1
    if (requests % 6 === 0) return Promise.reject(new AttemptError({ fault: 'connect', wasSent: false }))
    return requests % 3 === 0 ? Promise.resolve(replyOf(503, {}, slowDown)) : undefined
  }
}

/** Nobody waits, and budgets never run out. */
function attempts(): Layer[] {
  const clock = { ...systemClock, sleep: async () => {} }
  const budget = { share: 1, reserve: 100, savedMax: 100 }
  const { retry } = attemptDefaults
  const options = { ...retry, break: { ...retry.break, budget }, refusal: { ...retry.refusal, budget } }
  return attemptLayers({ clock, random: systemRandom }, createAttemptFigures(), { ...attemptDefaults, retry: options })
}

for (const testFamily of [testObjects, testListing, testChecksums]) {
  testFamily('remote, unreliable', overMemory({}, { layers: attempts(), intercept: unreliable() }))
}
