import { S3Error } from './errors/s3-error.ts'
import { Headers, headerBytes, isSendableHeader } from './headers.ts'
import { checksumAlgorithms } from './operations/common.ts'
import { isSigV2Presigned } from './sigv2/presigned.ts'
import { isSigV4Presigned } from './sigv4/presigned.ts'
import type { Query } from './target.ts'

/** Parameters that are the signature itself, or are about a body that only the opener of the URL knows. */
const notHeaders = new Set([
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-signedheaders',
  'x-amz-signature',
  'x-amz-content-sha256',
  'x-amz-decoded-content-length',
  'x-amz-trailer',
  'x-amz-sdk-checksum-algorithm',
  ...checksumAlgorithms.map((algorithm) => `x-amz-checksum-${algorithm.toLowerCase()}`),
])

/**
 * The headers that a request means. SDKs move headers of a request that they presign into its query, so that whoever
 * opens the URL need not send them: `x-amz-meta-color=blue` there is metadata, and `x-amz-copy-source=…` makes it a copy.
 * Version 2 moves Content-Type and Content-MD5 as well. All of them are covered by the signature; a header that was
 * sent comes before a parameter of its name.
 *
 * The checksum of the body is left out, as AWS does: SDKs for JavaScript sign that of an empty body into the URL.
 * @returns the same headers for a request that is not presigned, or has nothing of this kind in its query
 * @throws S3Error InvalidArgument for a parameter that could not have been a header
 */
export function effectiveHeaders(query: Query, headers: Headers): Headers {
  if (query.parameters.length === 0) return headers
  const isV2 = isSigV2Presigned(query)
  if (!isV2 && !isSigV4Presigned(query)) return headers
  const moved: string[] = []
  const taken = new Set<string>()
  for (const { name, value } of query.parameters) {
    const header = name.toLowerCase()
    const isHeader = header.startsWith('x-amz-') ? !notHeaders.has(header) : isV2 && isContentHeader(header)
    if (!isHeader || headers.has(header) || taken.has(header)) continue
    const bytes = headerBytes(value)
    if (!isSendableHeader(header, bytes)) {
      throw new S3Error('InvalidArgument', {
        message: 'A query parameter that stands for a header holds what no header can.',
        details: { ArgumentName: header.slice(0, 256) },
      })
    }
    taken.add(header)
    moved.push(header, bytes)
  }
  return moved.length === 0 ? headers : new Headers([...[...headers.entries()].flat(), ...moved])
}

function isContentHeader(name: string): boolean {
  return name === 'content-type' || name === 'content-md5'
}
