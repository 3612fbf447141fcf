import { S3Error } from '../errors/s3-error.ts'
import type { GetObjectInput, HeadObjectOutput, ObjectInfo, Selection } from '../operations/objects.ts'
import { defineCodec, type RequestParts, type SuccessReply } from './define-codec.ts'
import {
  checksumOfHeaders,
  contentOf,
  countOf,
  etagHeader,
  headerTimeOf,
  metadataOf,
  required,
  versionOf,
} from './read.ts'
import { conditionHeaders, rangeHeaders } from './write.ts'

function encodeRead({ range, ifRange, conditions }: GetObjectInput): RequestParts {
  return {
    headers: { ...rangeHeaders(range, ifRange), ...conditionHeaders(conditions), 'x-amz-checksum-mode': 'ENABLED' },
  }
}

function decodeRead({ status, headers }: SuccessReply): HeadObjectOutput {
  const length = countOf(headers.get('content-length'), 'Content-Length')
  const selected = status === 206 ? parseContentRange(headers.get('content-range')) : undefined
  if (selected !== undefined && selected.last - selected.first + 1 !== length) {
    throw new S3Error('InternalError', 'Its Content-Range and its Content-Length say different things.')
  }
  const etag = etagHeader(headers)
  const checksum = checksumOfHeaders(headers)
  const partsCount = partsCountOf(headers.get('x-amz-mp-parts-count'), etag)
  const { versionId } = versionOf(headers)
  const info: ObjectInfo = {
    sizeBytes: selected?.sizeBytes ?? length,
    etag,
    lastModifiedMs: headerTimeOf(headers, 'last-modified'),
    content: contentOf(headers),
    metadata: metadataOf(headers),
    storageClass: headers.get('x-amz-storage-class') || 'STANDARD',
    ...(versionId !== undefined && { versionId }),
    ...(checksum !== undefined && { checksum }),
    tagCount: countOf(headers.get('x-amz-tagging-count') ?? '0', 'x-amz-tagging-count'),
    ...(partsCount !== undefined && { partsCount }),
  }
  return selected === undefined ? { info } : { info, selection: { first: selected.first, last: selected.last } }
}

/** A 206 says which bytes it carries, and of how many (RFC 9110, section 14.4). S3 never sends several ranges at once. */
function parseContentRange(header: string | undefined): Selection & { sizeBytes: number } {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(required(header, 'Content-Range header'))
  const [first = Number.NaN, last = Number.NaN, sizeBytes = Number.NaN] = (match ?? []).slice(1).map(Number)
  if (!(first <= last && last < sizeBytes))
    throw new S3Error('InternalError', 'Its Content-Range is no range of bytes.')
  return { first, last, sizeBytes }
}

/** Only a read of a part is told how many there are; but the ETag of an object that was uploaded in parts tells it too. */
function partsCountOf(header: string | undefined, etag: string): number | undefined {
  const [, count] = /^[0-9a-f]{32}-([1-9]\d{0,4})$/i.exec(etag) ?? []
  const text = header ?? count
  return text === undefined ? undefined : countOf(text, 'x-amz-mp-parts-count')
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export const getObject = defineCodec('getObject', { encode: encodeRead, decode: decodeRead })

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
export const headObject = defineCodec('headObject', { encode: encodeRead, decode: decodeRead })
