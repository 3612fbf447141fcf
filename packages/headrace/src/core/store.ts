import type { OperationName, Operations } from '@headrace/s3'
import type { RequestContext } from './context.ts'

/** What a store can do. Layers and the front ask it, and translate or refuse; they never pretend. */
export interface Capability {
  /** If-Match and If-None-Match of writes hold against every other writer. */
  readonly conditionalWrites: boolean
  /** CopyObject, within a storage class, and CompleteMultipartUpload take no longer for more bytes. */
  readonly copyWithoutData: boolean
}

export type OperationFunction<N extends OperationName> = (
  input: Operations[N]['input'],
  ctx: RequestContext,
) => Promise<Operations[N]['output']>

/**
 * Something that holds or reaches objects.
 * - Expected failures are `S3Error`s; everything else is a bug.
 * - What was acknowledged is durable, and seen by every call that begins afterwards.
 * - A missing bucket is NoSuchBucket for every operation but createBucket and listBuckets.
 * - `getObject` opens the object: bytes that `readInto` then delivers are those of the version in `info`, whatever is
 *   written meanwhile.
 * - `putObject` and `uploadPart` read their body to its end, or fail and keep nothing of it.
 * - Listings are ordered by UTF-8 bytes; an empty page has no next.
 * - Nothing goes on after `ctx.signal` is aborted, but for commits, which are atomic.
 */
export type ObjectStore = {
  readonly name: string
  readonly capability: Capability
} & { readonly [N in OperationName]: OperationFunction<N> }

/** Wraps a store: what it does happens to every call that passes. */
export type Layer = (inner: ObjectStore) => ObjectStore
