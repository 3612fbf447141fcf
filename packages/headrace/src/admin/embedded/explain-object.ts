import { explain } from '../../work/explain.ts'
import { AdminError } from '../admin-error.ts'
import type { StoreAdminOperations } from '../store-admin.ts'
import type { Explanation } from '../store-reports.ts'
import { type AdminContext, requireBucket } from './admin-context.ts'

/** Where each chunk of an object is, where it belongs, and why. */
export function explainObject(
  { parts: { store } }: AdminContext,
  { bucket, key, versionId }: StoreAdminOperations['explain']['input'],
): Explanation {
  requireBucket(store, bucket)
  // Without versioning, the current version is the one that S3 calls `null`, and there is no other.
  const found = versionId === null || versionId === 'null' ? explain(store, { bucket, key }) : undefined
  if (found !== undefined) return found
  const version = versionId === null ? '' : ` of version ${versionId}`
  throw new AdminError('NoSuchObject', `There is no object ${bucket}/${key}${version}.`)
}
