import { readConditions } from '../conditions.ts'
import { S3Error } from '../errors/s3-error.ts'
import type { Headers } from '../headers.ts'
import { httpDate } from '../http-date.ts'
import { limits } from '../limits.ts'
import { type ObjectAttribute, objectAttributes } from '../operations/objects.ts'
import { tag, xmlDocument } from '../xml/writer.ts'
import { type Codec, documentReply, type WireRequest } from './codec.ts'
import { parseCount, readObject, refuseUnservedHeaders } from './read.ts'
import { checksumTag, versionHeaders } from './write.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html */
export const getObjectAttributes: Codec<'getObjectAttributes'> = {
  decode(request) {
    const { headers } = request
    refuseUnservedHeaders(headers)
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
