import { isoTime } from '../http-date.ts'
import { limits } from '../limits.ts'
import { tag, xmlDocument } from '../xml/writer.ts'
import { type Codec, documentReply } from './codec.ts'
import { readCount } from './read.ts'
import { readUpload } from './read-upload.ts'
import { checksumTag, etagTag } from './write.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export const listParts: Codec<'listParts'> = {
  decode(request) {
    const { query } = request
    return {
      ...readUpload(request),
      maxParts: Math.min(readCount(query, 'max-parts', { default: limits.pageKeysMax }), limits.pageKeysMax),
      partNumberMarker: readCount(query, 'part-number-marker', { default: 0 }),
    }
  },
  encode({ owner, storageClass, checksum, parts, isTruncated }, request) {
    const { bucket, key, query } = request
    const marker = readCount(query, 'part-number-marker', { default: 0 })
    const maxParts = Math.min(readCount(query, 'max-parts', { default: limits.pageKeysMax }), limits.pageKeysMax)
    const person = tag('ID', owner.id) + tag('DisplayName', owner.displayName)
    let content = tag('Bucket', bucket) + tag('Key', key) + tag('UploadId', query.get('uploadId'))
    content += `<Initiator>${person}</Initiator><Owner>${person}</Owner>${tag('StorageClass', storageClass)}`
    content += tag('PartNumberMarker', marker) + tag('NextPartNumberMarker', parts.at(-1)?.partNumber ?? marker)
    content += tag('MaxParts', maxParts) + tag('IsTruncated', isTruncated)
    content += tag('ChecksumAlgorithm', checksum?.algorithm) + tag('ChecksumType', checksum?.type)
    for (const part of parts) {
      content += `<Part>${tag('PartNumber', part.partNumber)}${tag('LastModified', isoTime(part.lastModifiedMs))}${etagTag(part.etag)}${tag('Size', part.sizeBytes)}${checksumTag(part.checksum)}</Part>`
    }
    return documentReply(xmlDocument('ListPartsResult', content))
  },
}
