import { parseEtagCondition, readConditions, readWriteConditions } from '../conditions.ts'
import { S3Error } from '../errors/s3-error.ts'
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
import { checksumHeaders, checksumTag, httpDate, objectHeaders, quoteEtag, versionHeaders } from './write.ts'

/** Parameters of a read that change headers of its reply; only signed requests may have them. */
const overrides: Readonly<Record<string, string>> = {
  'response-content-type': 'content-type',
  'response-content-language': 'content-language',
  'response-expires': 'expires',
  'response-cache-control': 'cache-control',
  'response-content-disposition': 'content-disposition',
  'response-content-encoding': 'content-encoding',
}

function decodeRead(request: WireRequest): GetObjectInput {
  const { headers, query } = request
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

function encodeRead(info: ObjectInfo, selection: Selection | undefined, { headers, query }: WireRequest): Reply {
  const showChecksum = headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED'
  const reply = objectHeaders(info, selection, showChecksum)
  if (query.has('partNumber') && info.partsCount !== undefined) {
    reply.push('x-amz-mp-parts-count', String(info.partsCount))
  }
  for (const { name, value } of query.parameters) {
    const header = overrides[name]
    if (header !== undefined) setHeader(reply, header, value)
  }
  return { status: selection === undefined ? 200 : 206, headers: reply }
}

function setHeader(headers: string[], name: string, value: string): void {
  const bytes = Buffer.from(value, 'utf8').toString('latin1')
  if (/[^\t\x20-\x7e\x80-\xff]/.test(bytes)) {
    throw new S3Error('InvalidArgument', { details: { ArgumentName: `response-${name}` } })
  }
  for (let index = 0; index < headers.length; index += 2) {
    if (headers[index] === name) {
      headers[index + 1] = bytes
      return
    }
  }
  headers.push(name, bytes)
}

export const getObject: Codec<'getObject'> = {
  decode: decodeRead,
  encode: ({ info, selection }, request) => encodeRead(info, selection, request),
}

export const headObject: Codec<'headObject'> = {
  decode: decodeRead,
  encode: ({ info, selection }, request) => encodeRead(info, selection, request),
}

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

export const deleteObject: Codec<'deleteObject'> = {
  decode(request) {
    return { ...readObject(request), ifMatch: parseEtagCondition(request.headers.get('if-match')) }
  },
  encode({ versionId, deleteMarker }) {
    const headers = versionHeaders(versionId)
    if (deleteMarker === true) headers.push('x-amz-delete-marker', 'true')
    return { status: 204, headers }
  },
}

export const getObjectAttributes: Codec<'getObjectAttributes'> = {
  decode(request) {
    const { headers } = request
    const count = (name: string, fallback: number) => parseCount(headers.get(name) ?? String(fallback), name, {})
    return {
      ...readObject(request),
      attributes: readAttributes(headers.get('x-amz-object-attributes')),
      maxParts: Math.min(count('x-amz-max-parts', limits.pageKeysMax), limits.pageKeysMax),
      partNumberMarker: count('x-amz-part-number-marker', 0),
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

type AttributeParts = NonNullable<Parameters<typeof getObjectAttributes.encode>[0]['parts']>

function objectParts({ totalCount, page, isTruncated }: AttributeParts, { headers }: WireRequest): string {
  const marker = headers.get('x-amz-part-number-marker') ?? '0'
  let content = tag('TotalPartsCount', totalCount) + tag('PartNumberMarker', marker)
  content += tag('NextPartNumberMarker', page.at(-1)?.partNumber ?? marker)
  content += tag('MaxParts', headers.get('x-amz-max-parts') ?? limits.pageKeysMax) + tag('IsTruncated', isTruncated)
  for (const { partNumber, sizeBytes, checksum } of page) {
    content += `<Part>${tag('PartNumber', partNumber)}${tag('Size', sizeBytes)}${checksumTag(checksum)}</Part>`
  }
  return `<ObjectParts>${content}</ObjectParts>`
}

export const objectCodecs = { getObject, headObject, putObject, deleteObject, getObjectAttributes } satisfies {
  [N in OperationName]?: Codec<N>
}
