import { checksumHeader, parseAlgorithm, parseChecksum } from '../body/body-checks.ts'
import { canCombine, defaultChecksumType } from '../checksum/combine.ts'
import { readWriteConditions, unquoteEtag } from '../conditions.ts'
import { readCopySource } from '../copy-source.ts'
import { S3Error } from '../errors/s3-error.ts'
import { isoTime } from '../http-date.ts'
import { limits } from '../limits.ts'
import { type ChecksumType, checksumAlgorithms } from '../operations/common.ts'
import type {
  CompleteMultipartUploadInput,
  RequestedPart,
  UploadChecksum,
  UploadInput,
} from '../operations/multipart.ts'
import type { OperationName } from '../operations/operations.ts'
import { parseCopyRange } from '../range.ts'
import { childrenNamed, childText, parseXml, type XmlElement } from '../xml/reader.ts'
import { tag, xmlDocument } from '../xml/writer.ts'
import { type Codec, documentReply, locationOf, type WireRequest } from './codec.ts'
import {
  readContentHeaders,
  readCount,
  readMetadata,
  readObject,
  readTaggingHeader,
  refuseUnservedHeaders,
} from './read.ts'
import { checksumHeaders, checksumTag, etagTag, quoteEtag, versionHeaders } from './write.ts'

function readUpload(request: WireRequest): UploadInput {
  const { bucket, key, expectedBucketOwner } = readObject(request)
  return { bucket, key, expectedBucketOwner, uploadId: request.query.get('uploadId') ?? '' }
}

function readPartNumber({ query }: WireRequest): number {
  const partNumber = parsePartNumber(query.get('partNumber'))
  if (partNumber !== undefined) return partNumber
  throw new S3Error('InvalidArgument', {
    message: `Part number must be an integer between 1 and ${limits.partNumberMax}, inclusive`,
    details: { ArgumentName: 'partNumber', ArgumentValue: query.get('partNumber')?.slice(0, 64) ?? '' },
  })
}

/** Digits only: `Number` would also take `0x1`, `1e3` and blanks. */
function parsePartNumber(text: string | undefined): number | undefined {
  const partNumber = text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : 0
  return partNumber >= 1 && partNumber <= limits.partNumberMax ? partNumber : undefined
}

function readChecksumType(text: string | undefined): ChecksumType | undefined {
  if (text === undefined) return undefined
  if (text === 'FULL_OBJECT' || text === 'COMPOSITE') return text
  throw new S3Error('InvalidRequest', 'Value for x-amz-checksum-type header is invalid.')
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html tells which types go together. */
function readUploadChecksum({ headers }: WireRequest): UploadChecksum | undefined {
  const text = headers.get('x-amz-checksum-algorithm')
  const asked = readChecksumType(headers.get('x-amz-checksum-type'))
  if (text === undefined) {
    if (asked !== undefined) {
      throw new S3Error(
        'InvalidRequest',
        'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
      )
    }
    return undefined
  }
  const algorithm = parseAlgorithm(text, 'x-amz-checksum-algorithm')
  const type = asked ?? defaultChecksumType(algorithm)
  if ((type === 'FULL_OBJECT' && !canCombine(algorithm)) || (type === 'COMPOSITE' && algorithm === 'CRC64NVME')) {
    throw new S3Error(
      'InvalidRequest',
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    )
  }
  return { algorithm, type }
}

function uploadChecksumHeaders(checksum: UploadChecksum | undefined): string[] {
  return checksum === undefined
    ? []
    : ['x-amz-checksum-algorithm', checksum.algorithm, 'x-amz-checksum-type', checksum.type]
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export const createMultipartUpload: Codec<'createMultipartUpload'> = {
  decode(request) {
    const { headers } = request
    refuseUnservedHeaders(headers)
    const { bucket, key, expectedBucketOwner } = readObject(request)
    return {
      bucket,
      key,
      expectedBucketOwner,
      content: readContentHeaders(headers),
      metadata: readMetadata(headers),
      tags: readTaggingHeader(headers),
      checksum: readUploadChecksum(request),
    }
  },
  encode({ uploadId, checksum }, { bucket, key }) {
    const content = tag('Bucket', bucket) + tag('Key', key) + tag('UploadId', uploadId)
    return documentReply(xmlDocument('InitiateMultipartUploadResult', content), uploadChecksumHeaders(checksum))
  },
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
export const uploadPart: Codec<'uploadPart'> = {
  decode(request) {
    const { headers, body } = request
    refuseUnservedHeaders(headers)
    if (body === undefined) throw new S3Error('MissingRequestBodyError')
    if ((body.sizeBytes ?? 0) > limits.putBytesMax) throw new S3Error('EntityTooLarge')
    return { ...readUpload(request), partNumber: readPartNumber(request), body }
  },
  encode({ etag, checksum }) {
    const sums = checksum === undefined ? [] : checksumHeaders({ ...checksum, type: 'FULL_OBJECT' }).slice(0, 2)
    return { status: 200, headers: ['etag', quoteEtag(etag), 'content-length', '0', ...sums] }
  },
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html */
export const uploadPartCopy: Codec<'uploadPartCopy'> = {
  decode(request) {
    const { headers } = request
    refuseUnservedHeaders(headers)
    return {
      ...readUpload(request),
      partNumber: readPartNumber(request),
      source: readCopySource(headers),
      range: parseCopyRange(headers.get('x-amz-copy-source-range')),
    }
  },
  encode({ etag, lastModifiedMs, sourceVersionId, checksum }) {
    const content = etagTag(etag) + tag('LastModified', isoTime(lastModifiedMs)) + checksumTag(checksum)
    const headers = sourceVersionId === undefined ? [] : ['x-amz-copy-source-version-id', sourceVersionId]
    return documentReply(xmlDocument('CopyPartResult', content), headers)
  },
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export const completeMultipartUpload: Codec<'completeMultipartUpload'> = {
  decode(request) {
    const { headers, document } = request
    if (document.length === 0) throw new S3Error('MalformedXML', 'The request needs a list of parts.')
    return {
      ...readUpload(request),
      parts: readParts(parseXml(document)),
      conditions: readWriteConditions(headers),
      expected: readExpected(request),
    }
  },
  encode({ etag, versionId, checksum }, request) {
    const { bucket, key } = request
    let content = tag('Location', locationOf(request)) + tag('Bucket', bucket) + tag('Key', key) + etagTag(etag)
    content += checksumTag(checksum) + tag('ChecksumType', checksum?.type)
    return documentReply(xmlDocument('CompleteMultipartUploadResult', content), versionHeaders(versionId))
  },
}

function readParts(root: XmlElement): RequestedPart[] {
  const elements = childrenNamed(root, 'Part')
  if (root.name !== 'CompleteMultipartUpload' || elements.length === 0 || elements.length > limits.partNumberMax) {
    throw new S3Error(
      'MalformedXML',
      `Expected <CompleteMultipartUpload> with 1 to ${limits.partNumberMax} <Part> elements.`,
    )
  }
  return elements.map((element) => {
    const partNumber = parsePartNumber(childText(element, 'PartNumber'))
    const etag = childText(element, 'ETag')
    if (partNumber === undefined || etag === undefined) {
      throw new S3Error('MalformedXML', 'A <Part> needs a <PartNumber> and an <ETag>.')
    }
    return { partNumber, etag: unquoteEtag(etag), checksum: readPartChecksum(element) }
  })
}

function readPartChecksum(element: XmlElement): RequestedPart['checksum'] {
  for (const algorithm of checksumAlgorithms) {
    const value = childText(element, `Checksum${algorithm}`)
    if (value !== undefined) return { algorithm, value: parseChecksum(algorithm, value).toString('base64') }
  }
  return undefined
}

function readExpected({ headers }: WireRequest): CompleteMultipartUploadInput['expected'] {
  const algorithm = checksumAlgorithms.find((name) => headers.has(checksumHeader(name)))
  const size = headers.get('x-amz-mp-object-size')
  if (size !== undefined && !/^\d{1,15}$/.test(size)) {
    throw new S3Error('InvalidRequest', 'Value for x-amz-mp-object-size header is invalid.')
  }
  return {
    checksum: algorithm && { algorithm, value: headers.get(checksumHeader(algorithm)) ?? '' },
    checksumType: readChecksumType(headers.get('x-amz-checksum-type')),
    sizeBytes: size === undefined ? undefined : Number(size),
  }
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export const abortMultipartUpload: Codec<'abortMultipartUpload'> = {
  decode: readUpload,
  encode: () => ({ status: 204, headers: [] }),
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export const listParts: Codec<'listParts'> = {
  decode(request) {
    const { query } = request
    return {
      ...readUpload(request),
      maxParts: Math.min(readCount(query, 'max-parts', { default: limits.pageKeysMax }), limits.pageKeysMax),
      partNumberMarker: readCount(query, 'part-number-marker', { default: 0 }),
    }
  },
  encode({ owner, storageClass, checksum, parts, isTruncated }, request) {
    const { bucket, key, query } = request
    const marker = readCount(query, 'part-number-marker', { default: 0 })
    const maxParts = Math.min(readCount(query, 'max-parts', { default: limits.pageKeysMax }), limits.pageKeysMax)
    const person = tag('ID', owner.id) + tag('DisplayName', owner.displayName)
    let content = tag('Bucket', bucket) + tag('Key', key) + tag('UploadId', query.get('uploadId'))
    content += `<Initiator>${person}</Initiator><Owner>${person}</Owner>${tag('StorageClass', storageClass)}`
    content += tag('PartNumberMarker', marker) + tag('NextPartNumberMarker', parts.at(-1)?.partNumber ?? marker)
    content += tag('MaxParts', maxParts) + tag('IsTruncated', isTruncated)
    content += tag('ChecksumAlgorithm', checksum?.algorithm) + tag('ChecksumType', checksum?.type)
    for (const part of parts) {
      content += `<Part>${tag('PartNumber', part.partNumber)}${tag('LastModified', isoTime(part.lastModifiedMs))}${etagTag(part.etag)}${tag('Size', part.sizeBytes)}${checksumTag(part.checksum)}</Part>`
    }
    return documentReply(xmlDocument('ListPartsResult', content))
  },
}

/** The codecs of this file, by operation. */
export const multipartCodecs = {
  createMultipartUpload,
  uploadPart,
  uploadPartCopy,
  completeMultipartUpload,
  abortMultipartUpload,
  listParts,
} satisfies { [N in OperationName]?: Codec<N> }
