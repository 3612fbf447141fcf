import { unquoteEtag } from '../conditions.ts'
import { parseHttpDate } from '../http-date.ts'
import type { PartAttributes } from '../operations/objects.ts'
import { child, childrenNamed, childText, type XmlElement } from '../xml/reader.ts'
import type { AttributesReply } from './client-codec.ts'
import { defineCodec } from './define-codec.ts'
import { checksumOfElement, countOf, isTrue, partChecksum, versionOf } from './read.ts'
import { conditionHeaders } from './write.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html */
export const getObjectAttributes = defineCodec('getObjectAttributes', {
  // The service sends the one name, and its documentation has the other.
  root: ['GetObjectAttributesResponse', 'GetObjectAttributesOutput'],
  encode: ({ attributes, maxParts, partNumberMarker, conditions }) => ({
    headers: {
      'x-amz-object-attributes': attributes.join(','),
      'x-amz-max-parts': String(maxParts),
      'x-amz-part-number-marker': partNumberMarker === 0 ? undefined : String(partNumberMarker),
      ...conditionHeaders(conditions),
    },
  }),
  decode({ headers, root }): AttributesReply {
    const etag = childText(root, 'ETag')
    const sum = child(root, 'Checksum')
    const checksum = sum && checksumOfElement(sum)
    const storageClass = childText(root, 'StorageClass')
    const size = childText(root, 'ObjectSize')
    const parts = child(root, 'ObjectParts')
    const lastModifiedMs = parseHttpDate(headers.get('last-modified'))
    const { versionId } = versionOf(headers)
    return {
      ...(etag !== undefined && { etag: unquoteEtag(etag) }),
      ...(checksum !== undefined && { checksum }),
      ...(storageClass && { storageClass }),
      ...(size !== undefined && { sizeBytes: countOf(size, '<ObjectSize>') }),
      ...(lastModifiedMs !== undefined && { lastModifiedMs }),
      ...(versionId !== undefined && { versionId }),
      ...(parts !== undefined && { parts: partsOf(parts) }),
    }
  },
})

function partsOf(element: XmlElement): NonNullable<AttributesReply['parts']> {
  return {
    // Here, too.
    totalCount: countOf(childText(element, 'PartsCount') ?? childText(element, 'TotalPartsCount'), '<PartsCount>'),
    page: childrenNamed(element, 'Part').map(partOf),
    isTruncated: isTrue(element, 'IsTruncated'),
  }
}

function partOf(element: XmlElement): PartAttributes {
  return {
    partNumber: countOf(childText(element, 'PartNumber'), '<PartNumber>'),
    sizeBytes: countOf(childText(element, 'Size'), '<Size>'),
    ...partChecksum(checksumOfElement(element)),
  }
}
