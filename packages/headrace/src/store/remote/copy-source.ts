import { type CopySource, type HeadObjectOutput, requireCopyConditions, S3Error } from '@headrace/s3'
import type { RequestContext } from '../../core/context.ts'
import { holdsConditions, type RemoteParts, withoutOwner } from './remote-parts.ts'

/**
 * Makes a copy, whose source may have conditions. An upstream that ignores these, as Ceph RGW 16 does, is asked about the
 * source before and after: when it has changed meanwhile, the copy may be of something else, and fails.
 * @throws S3Error PreconditionFailed, ConditionalRequestConflict
 */
export async function copyFrom<T>(
  parts: RemoteParts,
  source: CopySource,
  ctx: RequestContext,
  copy: (source: CopySource) => Promise<T>,
): Promise<T> {
  const { conditions, ...unconditional } = withoutOwner(source)
  if (conditions === undefined || holdsConditions(parts.policy.ledger, 'copySource')) {
    return await copy(withoutOwner(source))
  }
  const { bucket, key, versionId } = source
  const look = async (): Promise<HeadObjectOutput['info']> =>
    (await parts.caller.call('headObject', { bucket, key, versionId }, ctx)).info
  const before = await look()
  requireCopyConditions(conditions, before)
  const output = await copy(unconditional)
  // A version never changes.
  if (versionId !== undefined) return output
  const after = await look()
  if (after.etag === before.etag && after.lastModifiedMs === before.lastModifiedMs) return output
  throw new S3Error('ConditionalRequestConflict', {
    message: 'The source was replaced while it was copied. Send the request again.',
    origin: 'upstream',
  })
}
