import { childText } from '../xml/reader.ts'
import { defineCodec } from './define-codec.ts'
import { checksumOfElement, checksumOfHeaders, etagHeader, etagOf, partChecksum, timeOf, versionOf } from './read.ts'
import { copySourceHeaders, rangeText } from './write.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
export const uploadPart = defineCodec('uploadPart', {
  encode: () => ({}),
  decode: ({ headers }) => ({ etag: etagHeader(headers), ...partChecksum(checksumOfHeaders(headers)) }),
})

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html */
export const uploadPartCopy = defineCodec('uploadPartCopy', {
  root: 'CopyPartResult',
  encode: ({ source, range }) => ({
    headers: { ...copySourceHeaders(source), 'x-amz-copy-source-range': range && rangeText(range) },
  }),
  decode({ headers, root }) {
    const { sourceVersionId } = versionOf(headers)
    return {
      etag: etagOf(root),
      lastModifiedMs: timeOf(childText(root, 'LastModified')),
      ...(sourceVersionId !== undefined && { sourceVersionId }),
      ...partChecksum(checksumOfElement(root)),
    }
  },
})
