import { parseEtagCondition, readConditions, readWriteConditions } from '../conditions.ts'
import { S3Error } from '../errors/s3-error.ts'
import { type Headers, headerBytes, isSendableHeader } from '../headers.ts'
import { httpDate } from '../http-date.ts'
import { limits } from '../limits.ts'
import {
  type GetObjectInput,
  type ObjectAttribute,
  type ObjectInfo,
  objectAttributes,
  type Selection,
} from '../operations/objects.ts'
import type { OperationName } from '../operations/operations.ts'
import { parseRange } from '../range.ts'
import { tag, xmlDocument } from '../xml/writer.ts'
import { type Codec, documentReply, type Reply, type WireRequest } from './codec.ts'
import {
  parseCount,
  readContentHeaders,
  readMetadata,
  readObject,
  readTaggingHeader,
  refuseUnservedHeaders,
} from './read.ts'
import { checksumHeaders, checksumTag, objectHeaders, quoteEtag, versionHeaders } from './write.ts'

/** Parameters of a read that change headers of its reply. */
const overrides: ReadonlyMap<string, string> = new Map([
  ['response-content-type', 'content-type'],
  ['response-content-language', 'content-language'],
  ['response-expires', 'expires'],
  ['response-cache-control', 'cache-control'],
  ['response-content-disposition', 'content-disposition'],
  ['response-content-encoding', 'content-encoding'],
])

/**
 * The headers that the query of a read asks for, as bytes. Of a parameter that comes twice, the first counts: it is the
 * one that signatures of version 2 cover.
 * @throws S3Error InvalidRequest when nobody signed that; InvalidArgument for what no header can hold
 */
function readOverrides({ query, isAnonymous }: WireRequest): readonly (readonly [name: string, value: string])[] {
  if (query.parameters.length === 0) return []
  const found: [string, string][] = []
  for (const [parameter, header] of overrides) {
    const value = query.get(parameter)
    if (value === undefined) continue
    if (isAnonymous === true) {
      throw new S3Error(
        'InvalidRequest',
        'Request specific response headers cannot be used for anonymous GET requests.',
      )
    }
    const bytes = headerBytes(value)
    if (!isSendableHeader(header, bytes)) {
      throw new S3Error('InvalidArgument', {
        message: 'A response header cannot hold control characters.',
        details: { ArgumentName: parameter },
      })
    }
    found.push([header, bytes])
  }
  return found
}

function decodeRead(request: WireRequest): GetObjectInput {
  const { headers, query } = request
  readOverrides(request) // Refused now rather than when the object was opened.
  const range = parseRange(headers.get('range'))
  const part = query.get('partNumber')
  if (part !== undefined && range !== undefined) {
    throw new S3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter')
  }
  return {
    ...readObject(request),
    range,
    partNumber: part === undefined ? undefined : parseCount(part, 'partNumber', { min: 1, max: limits.partNumberMax }),
    conditions: readConditions(headers),
  }
}

function encodeRead(info: ObjectInfo, selection: Selection | undefined, request: WireRequest): Reply {
  const showChecksum = request.headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED'
  const headers = objectHeaders(info, selection, showChecksum)
  if (info.partsCount !== undefined && request.query.has('partNumber')) {
    headers.push('x-amz-mp-parts-count', String(info.partsCount))
  }
  for (const [name, value] of readOverrides(request)) setHeader(headers, name, value)
  return { status: selection === undefined ? 200 : 206, headers }
}

function setHeader(headers: string[], name: string, value: string): void {
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index] === name) {
      headers[index + 1] = value
      return
    }
  }
  headers.push(name, value)
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
export const getObject: Codec<'getObject'> = {
  decode: decodeRead,
  encode: ({ info, selection }, request) => encodeRead(info, selection, request),
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html */
export const headObject: Codec<'headObject'> = {
  decode: decodeRead,
  encode: ({ info, selection }, request) => encodeRead(info, selection, request),
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export const putObject: Codec<'putObject'> = {
  decode(request) {
    const { headers, body } = request
    refuseUnservedHeaders(headers)
    const { bucket, key, expectedBucketOwner } = readObject(request)
    if (body === undefined) throw new S3Error('MissingRequestBodyError')
    if ((body.sizeBytes ?? 0) > limits.putBytesMax) {
      throw new S3Error('EntityTooLarge', {
        details: { ProposedSize: String(body.sizeBytes), MaxSizeAllowed: String(limits.putBytesMax) },
      })
    }
    return {
      bucket,
      key,
      expectedBucketOwner,
      body,
      content: readContentHeaders(headers),
      metadata: readMetadata(headers),
      tags: readTaggingHeader(headers),
      conditions: readWriteConditions(headers),
    }
  },
  encode({ etag, versionId, checksum }) {
    const headers = [
      'etag',
      quoteEtag(etag),
      'content-length',
      '0',
      ...checksumHeaders(checksum),
      ...versionHeaders(versionId),
    ]
    return { status: 200, headers }
  },
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html */
export const deleteObject: Codec<'deleteObject'> = {
  decode(request) {
    refuseUnservedHeaders(request.headers)
    return { ...readObject(request), ifMatch: parseEtagCondition(request.headers.get('if-match')) }
  },
  encode({ versionId, deleteMarker }) {
    const headers = versionHeaders(versionId)
    if (deleteMarker === true) headers.push('x-amz-delete-marker', 'true')
    return { status: 204, headers }
  },
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html */
export const getObjectAttributes: Codec<'getObjectAttributes'> = {
  decode(request) {
    const { headers } = request
    return {
      ...readObject(request),
      ...readPartsPage(headers),
      attributes: readAttributes(headers.get('x-amz-object-attributes')),
      conditions: readConditions(headers),
    }
  },
  encode({ info, parts }, request) {
    const wanted = new Set(readAttributes(request.headers.get('x-amz-object-attributes')))
    let content = ''
    if (wanted.has('ETag')) content += tag('ETag', info.etag)
    if (wanted.has('Checksum') && info.checksum !== undefined) {
      content += `<Checksum>${checksumTag(info.checksum)}${tag('ChecksumType', info.checksum.type)}</Checksum>`
    }
    if (wanted.has('ObjectParts') && parts !== undefined) content += objectParts(parts, request)
    if (wanted.has('StorageClass')) content += tag('StorageClass', info.storageClass)
    if (wanted.has('ObjectSize')) content += tag('ObjectSize', info.sizeBytes)
    const headers = ['last-modified', httpDate(info.lastModifiedMs), ...versionHeaders(info.versionId)]
    return documentReply(xmlDocument('GetObjectAttributesResponse', content), headers)
  },
}

function readAttributes(header: string | undefined): ObjectAttribute[] {
  const names = (header ?? '').split(',').map((name) => name.trim())
  const known = names.filter((name): name is ObjectAttribute => objectAttributes.includes(name as ObjectAttribute))
  if (known.length !== names.length) {
    throw new S3Error('InvalidArgument', {
      message: 'Invalid attribute name specified.',
      details: { ArgumentName: 'x-amz-object-attributes', ArgumentValue: header?.slice(0, 256) ?? '' },
    })
  }
  return known
}

/** Which parts to tell of; headers here, where ListParts has parameters. */
function readPartsPage(headers: Headers): { maxParts: number; partNumberMarker: number } {
  const count = (name: string, fallback: number) => parseCount(headers.get(name) ?? String(fallback), name, {})
  return {
    maxParts: Math.min(count('x-amz-max-parts', limits.pageKeysMax), limits.pageKeysMax),
    partNumberMarker: count('x-amz-part-number-marker', 0),
  }
}

type AttributeParts = NonNullable<Parameters<typeof getObjectAttributes.encode>[0]['parts']>

function objectParts({ totalCount, page, isTruncated }: AttributeParts, { headers }: WireRequest): string {
  const { maxParts, partNumberMarker } = readPartsPage(headers)
  let content = tag('PartsCount', totalCount) + tag('PartNumberMarker', partNumberMarker)
  content += tag('NextPartNumberMarker', page.at(-1)?.partNumber ?? partNumberMarker)
  content += tag('MaxParts', maxParts) + tag('IsTruncated', isTruncated)
  for (const { partNumber, sizeBytes, checksum } of page) {
    content += `<Part>${tag('PartNumber', partNumber)}${tag('Size', sizeBytes)}${checksumTag(checksum)}</Part>`
  }
  return `<ObjectParts>${content}</ObjectParts>`
}

/** The codecs of this file, by operation. */
export const objectCodecs = { getObject, headObject, putObject, deleteObject, getObjectAttributes } satisfies {
  [N in OperationName]?: Codec<N>
}
