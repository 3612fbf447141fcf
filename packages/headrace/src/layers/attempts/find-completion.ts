import { multipartEtag, type Operations, type RequestedPart, S3Error } from '@headrace/s3'
import type { RequestContext } from '../../core/context.ts'
import type { ObjectStore } from '../../core/store.ts'
import { isRefusal, unlessRefused } from './read-back-parts.ts'

type Complete = Operations['completeMultipartUpload']

/**
 * What became of a CompleteMultipartUpload that nobody answered:
 * - `pending`: the upload is still there, so it has not been completed so far.
 * - `done`: the upload is gone, and the object has the ETag that these parts make. A completion that is refused leaves its
 *   upload, and nobody else uses the upload of a client that waits for an answer: so it was completed.
 * - `unknown`: the upload is gone and the object is another one, or the store does not say.
 */
export type Completion =
  | { readonly state: 'pending' | 'unknown' }
  | { readonly state: 'done'; readonly output: Complete['output'] }

export async function findCompletion(
  store: ObjectStore,
  input: Complete['input'],
  ctx: RequestContext,
): Promise<Completion> {
  const { bucket, key, uploadId, expectedBucketOwner } = input
  const upload = { bucket, key, uploadId, expectedBucketOwner, maxParts: 1, partNumberMarker: 0 }
  try {
    await store.listParts(upload, ctx)
    return { state: 'pending' }
  } catch (error) {
    if (isNoSuchUpload(error)) return await findCompleted(store, input, ctx)
    if (isRefusal(error)) return { state: 'unknown' }
    throw error
  }
}

/** The same of an upload that is known to be gone. */
export async function findCompleted(
  store: ObjectStore,
  { bucket, key, expectedBucketOwner, parts }: Complete['input'],
  ctx: RequestContext,
): Promise<Completion> {
  const found = await unlessRefused(store.headObject({ bucket, key, expectedBucketOwner }, ctx))
  if (found === undefined || found.info.etag !== etagOfParts(parts)) return { state: 'unknown' }
  const { etag, versionId, checksum } = found.info
  return { state: 'done', output: { etag, versionId, checksum } }
}

/** The ETag that S3 and Ceph give an object of these parts; undefined when the parts' ETags are no MD5s. */
export function etagOfParts(parts: readonly RequestedPart[]): string | undefined {
  if (!parts.every(({ etag }) => /^[0-9a-f]{32}$/.test(etag))) return undefined
  return multipartEtag(parts.map(({ etag }) => Buffer.from(etag, 'hex')))
}

export function isNoSuchUpload(error: unknown): boolean {
  return error instanceof S3Error && error.code === 'NoSuchUpload'
}
