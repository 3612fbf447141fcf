import type { DataRow } from '../format/data-row.ts'
import type { Placement } from './placement.ts'
import type { Pool } from './store-map.ts'

/**
 * Whether data may stay where it is when an object of this bucket and storage class uses it as well: it must be on drives
 * of the class, and protected as new data of the object would be. Data of a bucket with a profile of its own is shared
 * within that profile only: it goes with the setting when an operator changes it.
 */
export function mayShare(
  placement: Placement,
  { pool, lengthBytes }: Pick<DataRow, 'pool' | 'lengthBytes'>,
  { bucket, storageClass }: { readonly bucket: string; readonly storageClass: string },
): boolean {
  const now = placement.targetPool(placement.pool(pool), lengthBytes)
  const wanted = placement.poolFor(bucket, storageClass, lengthBytes)
  if (now.id === wanted.id) return true
  return isAlike(now, wanted) && !isOfBucket(placement, now) && !isOfBucket(placement, wanted)
}

function isAlike(a: Pool, b: Pool): boolean {
  return a.deviceClass === b.deviceClass && a.failureDomain === b.failureDomain && a.k === b.k && a.m === b.m
}

function isOfBucket({ map }: Placement, { id }: Pool): boolean {
  return map.rules.some(({ bucket, pools }) => bucket !== undefined && (pools.small === id || pools.large === id))
}
