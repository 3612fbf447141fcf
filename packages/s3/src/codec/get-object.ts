import { readConditions, readIfRange } from '../conditions.ts'
import { S3Error } from '../errors/s3-error.ts'
import { headerBytes, isSendableHeader } from '../headers.ts'
import { limits } from '../limits.ts'
import type { GetObjectInput, ObjectInfo, Selection } from '../operations/objects.ts'
import { parseRange } from '../range.ts'
import type { Codec, Reply, WireRequest } from './codec.ts'
import { parseCount, readObject, refuseUnservedHeaders } from './read.ts'
import { objectHeaders } from './write.ts'

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
  refuseUnservedHeaders(headers)
  readOverrides(request) // Refused now rather than when the object was opened.
  const range = parseRange(headers.get('range'))
  const part = query.get('partNumber')
  if (part !== undefined && range !== undefined) {
    throw new S3Error('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter')
  }
  return {
    ...readObject(request),
    range,
    ifRange: readIfRange(headers),
    partNumber: part === undefined ? undefined : parseCount(part, 'partNumber', { min: 1, max: limits.partNumberMax }),
    conditions: readConditions(headers),
  }
}

function encodeRead(info: ObjectInfo, selection: Selection | undefined, request: WireRequest): Reply {
  const showChecksum = request.headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED'
  const headers = objectHeaders(info, selection, showChecksum, request.query.has('partNumber'))
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
