import type { ListMultipartUploadsInput } from '@headrace/s3'
import { positionAfter } from './list-page.ts'

/** Where a page of uploads begins: uploads are ordered by key, then by id, with NUL between the two. */
export function startOfUploads({ keyMarker, uploadIdMarker, prefix, delimiter }: ListMultipartUploadsInput): Buffer {
  if (uploadIdMarker === undefined) return positionAfter(keyMarker, { prefix, delimiter })
  return Buffer.from(`${keyMarker}\0${uploadIdMarker}\x01`)
}
