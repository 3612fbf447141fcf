import { S3Error } from './errors/s3-error.ts'
import type { RangeRequest } from './operations/common.ts'
import type { Selection } from './operations/objects.ts'

/**
 * Reads a Range header. What is not one range of bytes is not a range (RFC 9110, section 14.2): S3 ignores it and
 * sends the whole object. Several ranges are served as the whole object too, since S3 never sends multipart/byteranges.
 */
export function parseRange(header: string | undefined): RangeRequest | undefined {
  if (header === undefined) return undefined
  const match = /^bytes=(\d*)-(\d*)$/i.exec(header)
  if (match === null) return undefined
  const [, first = '', last = ''] = match
  if (first === '') return last === '' ? undefined : { suffixBytes: toOffset(last) }
  if (last === '') return { first: toOffset(first) }
  const range = { first: toOffset(first), last: toOffset(last) }
  return range.first > range.last ? undefined : range
}

/** Offsets too great for a double are past the end of every object anyway. */
function toOffset(digits: string): number {
  return Math.min(Number(digits), Number.MAX_SAFE_INTEGER)
}

/**
 * The bytes that a range selects of an object of a known size.
 * @returns undefined for the whole of an empty object, which is what its last bytes are: AWS answers them with 200
 * @throws S3Error InvalidRange (416) when it selects none
 */
export function selectRange(range: RangeRequest, sizeBytes: number): Selection | undefined {
  if (sizeBytes === 0 && range.suffixBytes !== undefined && range.suffixBytes > 0) return undefined
  const first = range.suffixBytes === undefined ? range.first : Math.max(0, sizeBytes - range.suffixBytes)
  if (first >= sizeBytes || range.suffixBytes === 0) {
    throw new S3Error('InvalidRange', {
      details: { ActualObjectSize: String(sizeBytes) },
      headers: { 'content-range': `bytes */${sizeBytes}` },
    })
  }
  return { first, last: Math.min(range.last ?? sizeBytes - 1, sizeBytes - 1) }
}

/**
 * Reads `x-amz-copy-source-range`, which must be `bytes=first-last`.
 * @throws S3Error InvalidArgument when it is anything else
 */
export function parseCopyRange(header: string | undefined): RangeRequest | undefined {
  if (header === undefined) return undefined
  const range = /^bytes=\d+-\d+$/.test(header) ? parseRange(header) : undefined
  if (range === undefined) {
    throw new S3Error('InvalidArgument', {
      message:
        'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      details: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header.slice(0, 256) },
    })
  }
  return range
}

/**
 * The bytes of a copied part. Unlike a read, a copy may not reach past the end of its source.
 * @throws S3Error InvalidRange when it does
 */
export function selectCopyRange(range: RangeRequest, sizeBytes: number): Selection {
  const { first = 0, last = 0 } = range
  if (last >= sizeBytes) {
    throw new S3Error('InvalidRange', {
      message: `Range specified is not valid for source object of size: ${sizeBytes}`,
      details: { RangeRequested: `bytes=${first}-${last}`, ActualObjectSize: String(sizeBytes) },
    })
  }
  return { first, last }
}
