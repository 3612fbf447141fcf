// A remote store, the upstream behind it, and what a test wants to know of the two.
import type { Body, BodySummary, ByteSink } from '@headrace/s3'
import type { RequestContext } from '../../src/core/context.ts'
import type { ObjectStore } from '../../src/core/store.ts'
import { createMemoryStore } from '../../src/store/memory/memory-store.ts'
import { completeLedger } from '../../src/store/remote/capability/ledger.ts'
import type { RemoteStoreOptions } from '../../src/store/remote/remote-options.ts'
import { remoteStore } from '../../src/store/remote/remote-store.ts'
import type { UpstreamRequest } from '../../src/upstream/exchange.ts'
import { actions, context, principal } from '../conformance/harness.ts'
import { runtime } from '../open-store.ts'
import { credentials, region, type ServedGroup, type ServedOptions, servedGroup } from './served-group.ts'

export const owner = { id: 'alice'.padEnd(64, '0'), displayName: 'alice' }

export interface RemoteScene {
  readonly store: ObjectStore
  /** What the upstream keeps. */
  readonly behind: ObjectStore
  readonly group: ServedGroup
  readonly requests: UpstreamRequest[]
  /** Of the owner, on the upstream itself. */
  readonly upstream: ReturnType<typeof actions>
}

/** With a bucket named `photos`. */
export async function remoteScene(
  options: Partial<RemoteStoreOptions> = {},
  served: Pick<ServedOptions, 'intercept'> = {},
): Promise<RemoteScene> {
  const behind = createMemoryStore(runtime)
  const ctx = context(principal('upstream', true))
  const requests: UpstreamRequest[] = []
  const group = servedGroup({ store: behind, ctx, seen: (request) => void requests.push(request), ...served })
  const store = remoteStore({
    name: 'far',
    group,
    credentials: () => credentials,
    region,
    owner,
    runtime,
    trustsTransport: false,
    ledger: completeLedger,
    ...options,
  })
  const upstream = actions(behind, ctx)
  await upstream.create('photos')
  return { store, behind, group, requests, upstream }
}

/** The context of a call whose attempt is looked at. */
export function attemptContext(): RequestContext & { readonly attempt: NonNullable<RequestContext['attempt']> } {
  return { ...context(principal('alice')), attempt: {} }
}

/** A body that can be read once, as those of clients. */
export function onceBody(
  bytes: Uint8Array,
  more: Partial<Body> & { fails?: Error; summary?: Partial<BodySummary> } = {},
) {
  const { fails, summary, ...fields } = more
  let reads = 0
  const body: Body = {
    sizeBytes: bytes.length,
    replayable: false,
    async readInto(sink: ByteSink) {
      reads += 1
      if (reads > 1) throw new Error('a client sends its body once')
      for (let at = 0; at < bytes.length; at += 65_536) await sink.write(bytes.subarray(at, at + 65_536))
      if (fails !== undefined) throw fails
      return { sizeBytes: bytes.length, ...summary }
    },
    ...fields,
  }
  return body
}

export const plain = { content: {}, metadata: {}, tags: [] }
