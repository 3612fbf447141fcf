import type { Credentials, Owner } from '@headrace/s3'
import type { Runtime } from '../../core/runtime.ts'
import type { UpstreamGroup } from '../../upstream/lease.ts'
import type { Ledger } from './capability/ledger.ts'

/** What of a remote store can be set, each with its reason. */
export const remoteDefaults = {
  /** Bodies up to this size are kept in memory until they are answered, so that they can be sent again. */
  keptBodyBytesMax: 1024 * 1024,
  /**
   * Of a body whose length nobody knows, for which S3 has no PUT: up to this size it is gathered, a longer one is sent in
   * parts of this size. Ten thousand of them are more than the largest body.
   */
  gatheredBytesMax: 8 * 1024 * 1024,
  /** Bodies in memory of one process, all together. Without room for it, a small one streams like a large one. */
  bodyMemoryBytesMax: 128 * 1024 * 1024,
  /** Chunks that are signed one by one. AWS wants 8 KiB at least, and SDKs send 64 KiB. */
  signedChunkBytes: 64 * 1024,
  /** Pages of the list of all buckets: AWS has up to 10,000 in each. */
  bucketPagesMax: 100,
} as const

/** The same, as numbers that somebody has set. */
export type RemoteLimits = { readonly [K in keyof typeof remoteDefaults]: number }

export interface RemoteStoreOptions {
  /** Of the store, as in logs. */
  readonly name: string
  readonly group: UpstreamGroup
  /** Asked for each request, so that temporary ones can be renewed. */
  readonly credentials: () => Credentials
  /** That requests are signed for. */
  readonly region: string
  /** To whom everything belongs: an upstream account is one tenant, whoever else it may know. */
  readonly owner: Owner
  /**
   * Whether the way to the upstreams is trusted with bodies, as TLS is: then they are not signed. Otherwise each chunk of
   * a body that came to us protected is, which costs a SHA-256 of it on both sides.
   */
  readonly trustsTransport: boolean
  /**
   * What to do with a checksum that the upstream does not keep. `translate`: it is verified here, signatures or TLS vouch
   * for the rest of the way, and replies do not name it. `refuse`: the request fails.
   */
  readonly unkeptChecksums?: 'translate' | 'refuse'
  readonly ledger?: Ledger
  readonly limits?: Partial<RemoteLimits>
  readonly runtime: Pick<Runtime, 'clock'>
}
