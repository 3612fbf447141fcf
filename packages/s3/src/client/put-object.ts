import { defineCodec } from './define-codec.ts'
import { checksumOfHeaders, etagHeader, versionOf } from './read.ts'
import { conditionHeaders, objectWriteHeaders } from './write.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export const putObject = defineCodec('putObject', {
  encode: (input) => ({ headers: { ...objectWriteHeaders(input), ...conditionHeaders(input.conditions) } }),
  decode({ headers }) {
    const checksum = checksumOfHeaders(headers)
    const { versionId } = versionOf(headers)
    return {
      etag: etagHeader(headers),
      ...(versionId !== undefined && { versionId }),
      ...(checksum !== undefined && { checksum }),
    }
  },
})
