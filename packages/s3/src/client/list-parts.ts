import { defaultChecksumType } from '../checksum/combine.ts'
import type { ListedPart } from '../operations/multipart.ts'
import { childrenNamed, childText, type XmlElement } from '../xml/reader.ts'
import { defineCodec } from './define-codec.ts'
import { checksumKindOf, checksumOfElement, countOf, etagOf, isTrue, partChecksum, timeOf } from './read.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export const listParts = defineCodec('listParts', {
  root: 'ListPartsResult',
  encode: ({ maxParts, partNumberMarker }) => ({
    parameters: { 'max-parts': maxParts, 'part-number-marker': partNumberMarker || undefined },
  }),
  decode({ root }) {
    const checksum = checksumKindOf(
      childText(root, 'ChecksumAlgorithm'),
      childText(root, 'ChecksumType'),
      defaultChecksumType,
    )
    return {
      storageClass: childText(root, 'StorageClass') || 'STANDARD',
      ...(checksum !== undefined && { checksum }),
      parts: childrenNamed(root, 'Part').map(partOf),
      isTruncated: isTrue(root, 'IsTruncated'),
    }
  },
})

function partOf(element: XmlElement): ListedPart {
  return {
    partNumber: countOf(childText(element, 'PartNumber'), '<PartNumber>'),
    sizeBytes: countOf(childText(element, 'Size'), '<Size>'),
    etag: etagOf(element),
    lastModifiedMs: timeOf(childText(element, 'LastModified')),
    ...partChecksum(checksumOfElement(element)),
  }
}
