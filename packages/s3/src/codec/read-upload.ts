import { S3Error } from '../errors/s3-error.ts'
import { limits } from '../limits.ts'
import type { ChecksumType } from '../operations/common.ts'
import type { UploadInput } from '../operations/multipart.ts'
import type { WireRequest } from './codec.ts'
import { readObject } from './read.ts'

/** Reads what every request to a multipart upload has. */
export function readUpload(request: WireRequest): UploadInput {
  const { bucket, key, expectedBucketOwner } = readObject(request)
  return { bucket, key, expectedBucketOwner, uploadId: request.query.get('uploadId') ?? '' }
}

/**
 * Reads the number of a part. Digits only: `Number` would also take `0x1`, `1e3` and blanks.
 * @returns undefined when it is not from 1 to 10,000
 */
export function parsePartNumber(text: string | undefined): number | undefined {
  const partNumber = text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : 0
  return partNumber >= 1 && partNumber <= limits.partNumberMax ? partNumber : undefined
}

/**
 * Reads the number of the part that a request is about.
 * @throws S3Error InvalidArgument
 */
export function readPartNumber({ query }: WireRequest): number {
  const partNumber = parsePartNumber(query.get('partNumber'))
  if (partNumber !== undefined) return partNumber
  throw new S3Error('InvalidArgument', {
    message: `Part number must be an integer between 1 and ${limits.partNumberMax}, inclusive`,
    details: { ArgumentName: 'partNumber', ArgumentValue: query.get('partNumber')?.slice(0, 64) ?? '' },
  })
}

/**
 * Reads `x-amz-checksum-type`.
 * @throws S3Error InvalidRequest for a type that S3 does not have
 */
export function readChecksumType(text: string | undefined): ChecksumType | undefined {
  if (text === undefined) return undefined
  if (text === 'FULL_OBJECT' || text === 'COMPOSITE') return text
  throw new S3Error('InvalidRequest', 'Value for x-amz-checksum-type header is invalid.')
}
