import { parseAlgorithm } from '../body/body-checks.ts'
import { readWriteConditions } from '../conditions.ts'
import { readCopySource } from '../copy-source.ts'
import { S3Error } from '../errors/s3-error.ts'
import { isoTime } from '../http-date.ts'
import { tag, xmlDocument } from '../xml/writer.ts'
import { type Codec, documentReply, type WireRequest } from './codec.ts'
import {
  readCannedAcl,
  readContentHeaders,
  readMetadata,
  readObject,
  readStorageClass,
  readTaggingHeader,
  refuseUnservedHeaders,
} from './read.ts'
import { checksumTag, etagTag, versionHeaders } from './write.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export const copyObject: Codec<'copyObject'> = {
  decode(request) {
    const { headers } = request
    refuseUnservedHeaders(headers)
    const { bucket, key, expectedBucketOwner } = readObject(request)
    const source = readCopySource(headers)
    const replaces = readDirective(request, 'x-amz-metadata-directive')
    const replacesTags = readDirective(request, 'x-amz-tagging-directive')
    const algorithm = headers.get('x-amz-checksum-algorithm')
    const storageClass = readStorageClass(headers)
    const changes = replaces || storageClass !== undefined
    // AWS lets an object be copied onto itself with any storage class named, be it the one that it has.
    if (source.bucket === bucket && source.key === key && source.versionId === undefined && !changes) {
      throw new S3Error(
        'InvalidRequest',
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
      )
    }
    return {
      bucket,
      key,
      expectedBucketOwner,
      source,
      replace: replaces ? { content: readContentHeaders(headers), metadata: readMetadata(headers) } : undefined,
      tags: replacesTags ? readTaggingHeader(headers) : undefined,
      storageClass,
      acl: readCannedAcl(headers),
      checksumAlgorithm: algorithm === undefined ? undefined : parseAlgorithm(algorithm, 'x-amz-checksum-algorithm'),
      conditions: readWriteConditions(headers),
    }
  },
  encode({ etag, lastModifiedMs, versionId, sourceVersionId, checksum }) {
    const content =
      etagTag(etag) +
      tag('LastModified', isoTime(lastModifiedMs)) +
      checksumTag(checksum) +
      tag('ChecksumType', checksum?.type)
    const headers = versionHeaders(versionId)
    if (sourceVersionId !== undefined) headers.push('x-amz-copy-source-version-id', sourceVersionId)
    return documentReply(xmlDocument('CopyObjectResult', content), headers)
  },
}

function readDirective({ headers }: WireRequest, name: string): boolean {
  const value = headers.get(name)
  if (value === undefined || value === 'COPY') return false
  if (value === 'REPLACE') return true
  throw new S3Error('InvalidArgument', {
    message: `Unknown ${name === 'x-amz-metadata-directive' ? 'metadata' : 'tagging'} directive.`,
    details: { ArgumentName: name, ArgumentValue: value.slice(0, 256) },
  })
}
