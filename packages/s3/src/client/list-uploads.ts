import { defaultChecksumType } from '../checksum/combine.ts'
import type { ListedUpload } from '../operations/multipart.ts'
import { childrenNamed, childText, type XmlElement } from '../xml/reader.ts'
import { defineCodec } from './define-codec.ts'
import { commonPrefixesOf, endOfPage, markerOf, type NameReader, nameOf, nameReader } from './page.ts'
import { checksumKindOf, isTrue, required, requiredText, timeOf } from './read.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
export const listMultipartUploads = defineCodec('listMultipartUploads', {
  root: 'ListMultipartUploadsResult',
  encode: ({ prefix, delimiter, keyMarker, uploadIdMarker, maxUploads }) => ({
    parameters: {
      prefix: prefix || undefined,
      delimiter: delimiter || undefined,
      'key-marker': keyMarker || undefined,
      'upload-id-marker': uploadIdMarker,
      'max-uploads': maxUploads,
      'encoding-type': 'url',
    },
  }),
  decode({ root }) {
    const read = nameReader(root)
    const uploads = childrenNamed(root, 'Upload').map((element) => uploadOf(element, read))
    const commonPrefixes = commonPrefixesOf(root, read)
    if (!isTrue(root, 'IsTruncated')) return { uploads, commonPrefixes }
    const end = endOfPage(uploads, commonPrefixes)
    const keyMarker = required(end?.name ?? markerOf(root, 'NextKeyMarker', read), 'key to go on after')
    const uploadIdMarker = end === undefined ? childText(root, 'NextUploadIdMarker') : end.item?.uploadId
    return { uploads, commonPrefixes, next: { keyMarker, ...(uploadIdMarker && { uploadIdMarker }) } }
  },
})

function uploadOf(element: XmlElement, read: NameReader): ListedUpload {
  const checksum = checksumKindOf(
    childText(element, 'ChecksumAlgorithm'),
    childText(element, 'ChecksumType'),
    defaultChecksumType,
  )
  return {
    key: nameOf(element, 'Key', read),
    uploadId: requiredText(element, 'UploadId'),
    initiatedMs: timeOf(childText(element, 'Initiated')),
    storageClass: childText(element, 'StorageClass') || 'STANDARD',
    ...(checksum !== undefined && { checksum }),
  }
}
