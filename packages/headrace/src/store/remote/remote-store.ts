import type { ObjectStore } from '../../core/store.ts'
import { KeptBodies } from './body/kept-bodies.ts'
import { bucketOperations } from './buckets.ts'
import { assumedLedger } from './capability/ledger.ts'
import { listingOperations } from './listing.ts'
import { readOperations } from './reads.ts'
import { type RemoteStoreOptions, remoteDefaults } from './remote-options.ts'
import type { RemoteParts } from './remote-parts.ts'
import { uploadOperations } from './uploads.ts'
import { UpstreamCaller } from './upstream-caller.ts'
import { writeOperations } from './writes.ts'

/**
 * Any S3 endpoint, or a group of those that serve the same data, as a store.
 * - One call is one attempt at one upstream; layers repeat. An attempt that another may outdo fails with an S3Error whose
 *   cause is an AttemptError; what the upstream refuses keeps its code.
 * - Bodies go through in both directions as they come, with bounded memory. The upstream never gets the end of a body
 *   that was not found to be good.
 * - What the upstream cannot do is translated, or refused by name: see `Ledger`.
 * - Everything belongs to one owner: the account at the upstream is one tenant.
 */
export function remoteStore(options: RemoteStoreOptions): ObjectStore {
  const { name, owner, region, trustsTransport, unkeptChecksums = 'translate', ledger = assumedLedger } = options
  const limits = { ...remoteDefaults, ...options.limits }
  const parts: RemoteParts = {
    caller: new UpstreamCaller(options),
    owner,
    region,
    policy: { ledger, limits, trustsTransport, unkeptChecksums },
    kept: new KeptBodies(limits.bodyMemoryBytesMax),
  }
  return {
    name,
    capability: { conditionalWrites: ledger.conditions.put === 'atomic', copyWithoutData: false },
    ...bucketOperations(parts),
    ...listingOperations(parts),
    ...readOperations(parts),
    ...writeOperations(parts),
    ...uploadOperations(parts),
  }
}
