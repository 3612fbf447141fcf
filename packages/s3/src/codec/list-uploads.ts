import { isoTime } from '../http-date.ts'
import { limits } from '../limits.ts'
import type { Query } from '../target.ts'
import { tag, xmlDocument } from '../xml/writer.ts'
import { type Codec, documentReply } from './codec.ts'
import { commonPrefixTags, echo, encodingTag, nameWriter, readPage } from './page.ts'
import { readCount } from './read.ts'

function readMaxUploads(query: Query): number {
  return Math.min(readCount(query, 'max-uploads', { default: limits.pageKeysMax }), limits.pageKeysMax)
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
export const listMultipartUploads: Codec<'listMultipartUploads'> = {
  decode(request) {
    const { query } = request
    const { bucket, expectedBucketOwner, prefix, delimiter } = readPage(request)
    const keyMarker = query.get('key-marker') ?? ''
    return {
      bucket,
      expectedBucketOwner,
      prefix,
      delimiter,
      keyMarker,
      maxUploads: readMaxUploads(query),
      // AWS ignores an upload id without a key.
      uploadIdMarker: keyMarker === '' ? undefined : query.get('upload-id-marker') || undefined,
    }
  },
  encode({ owner, uploads, commonPrefixes, next }, request) {
    const { bucket, query } = request
    const write = nameWriter(request)
    const person = tag('ID', owner.id) + tag('DisplayName', owner.displayName)
    let content = tag('Bucket', bucket) + echo('KeyMarker', query.get('key-marker') ?? '', write)
    content += tag('UploadIdMarker', query.get('upload-id-marker') ?? '')
    content += echo('NextKeyMarker', next?.keyMarker, write) + tag('NextUploadIdMarker', next?.uploadIdMarker)
    content +=
      echo('Prefix', query.get('prefix') ?? '', write) + echo('Delimiter', query.get('delimiter') || undefined, write)
    content += tag('MaxUploads', readMaxUploads(query)) + encodingTag(request)
    content += tag('IsTruncated', next !== undefined)
    for (const { key, uploadId, initiatedMs, storageClass, checksum } of uploads) {
      content += `<Upload><Key>${write(key)}</Key>${tag('UploadId', uploadId)}`
      content += `<Initiator>${person}</Initiator><Owner>${person}</Owner>${tag('StorageClass', storageClass)}`
      content += `${tag('Initiated', isoTime(initiatedMs))}${tag('ChecksumAlgorithm', checksum?.algorithm)}${tag('ChecksumType', checksum?.type)}</Upload>`
    }
    content += commonPrefixTags(commonPrefixes, write)
    return documentReply(xmlDocument('ListMultipartUploadsResult', content))
  },
}
