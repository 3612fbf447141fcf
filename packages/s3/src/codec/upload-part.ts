import { requireBodySize } from '../body/body-checks.ts'
import { readCopySource } from '../copy-source.ts'
import { S3Error } from '../errors/s3-error.ts'
import { isoTime } from '../http-date.ts'
import { parseCopyRange } from '../range.ts'
import { tag, xmlDocument } from '../xml/writer.ts'
import { type Codec, documentReply } from './codec.ts'
import { refuseUnservedHeaders } from './read.ts'
import { readPartNumber, readUpload } from './read-upload.ts'
import { checksumHeaders, checksumTag, etagTag, quoteEtag } from './write.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html */
export const uploadPart: Codec<'uploadPart'> = {
  decode(request) {
    const { headers, body } = request
    refuseUnservedHeaders(headers)
    if (body === undefined) throw new S3Error('MissingRequestBodyError')
    requireBodySize(body.sizeBytes ?? 0)
    return { ...readUpload(request), partNumber: readPartNumber(request), body }
  },
  encode({ etag, checksum }) {
    const sums = checksum === undefined ? [] : checksumHeaders({ ...checksum, type: 'FULL_OBJECT' }).slice(0, 2)
    return { status: 200, headers: ['etag', quoteEtag(etag), 'content-length', '0', ...sums] }
  },
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html */
export const uploadPartCopy: Codec<'uploadPartCopy'> = {
  decode(request) {
    const { headers } = request
    refuseUnservedHeaders(headers)
    return {
      ...readUpload(request),
      partNumber: readPartNumber(request),
      source: readCopySource(headers),
      range: parseCopyRange(headers.get('x-amz-copy-source-range')),
    }
  },
  encode({ etag, lastModifiedMs, sourceVersionId, checksum }) {
    const content = etagTag(etag) + tag('LastModified', isoTime(lastModifiedMs)) + checksumTag(checksum)
    const headers = sourceVersionId === undefined ? [] : ['x-amz-copy-source-version-id', sourceVersionId]
    return documentReply(xmlDocument('CopyPartResult', content), headers)
  },
}
