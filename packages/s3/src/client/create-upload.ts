import { defaultChecksumType } from '../checksum/combine.ts'
import { defineCodec } from './define-codec.ts'
import { checksumKindOf, requiredText } from './read.ts'
import { objectWriteHeaders } from './write.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export const createMultipartUpload = defineCodec('createMultipartUpload', {
  root: 'InitiateMultipartUploadResult',
  encode: (input) => ({
    headers: {
      ...objectWriteHeaders(input),
      'x-amz-checksum-algorithm': input.checksum?.algorithm,
      'x-amz-checksum-type': input.checksum?.type,
    },
  }),
  decode({ headers, root }) {
    const checksum = checksumKindOf(
      headers.get('x-amz-checksum-algorithm'),
      headers.get('x-amz-checksum-type'),
      defaultChecksumType,
    )
    return { uploadId: requiredText(root, 'UploadId'), ...(checksum !== undefined && { checksum }) }
  },
})

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export const abortMultipartUpload = defineCodec('abortMultipartUpload', { encode: () => ({}), decode() {} })
