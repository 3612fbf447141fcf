import { requireBodySize } from '../body/body-checks.ts'
import { readWriteConditions } from '../conditions.ts'
import { S3Error } from '../errors/s3-error.ts'
import type { Codec } from './codec.ts'
import {
  readCannedAcl,
  readContentHeaders,
  readMetadata,
  readObject,
  readStorageClass,
  readTaggingHeader,
  refuseUnservedHeaders,
} from './read.ts'
import { checksumHeaders, quoteEtag, versionHeaders } from './write.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export const putObject: Codec<'putObject'> = {
  decode(request) {
    const { headers, body } = request
    refuseUnservedHeaders(headers)
    const { bucket, key, expectedBucketOwner } = readObject(request)
    if (body === undefined) throw new S3Error('MissingRequestBodyError')
    requireBodySize(body.sizeBytes ?? 0)
    return {
      bucket,
      key,
      expectedBucketOwner,
      body,
      content: readContentHeaders(headers),
      metadata: readMetadata(headers),
      tags: readTaggingHeader(headers),
      storageClass: readStorageClass(headers),
      acl: readCannedAcl(headers),
      conditions: readWriteConditions(headers),
    }
  },
  encode({ etag, versionId, checksum }) {
    const headers = [
      'etag',
      quoteEtag(etag),
      'content-length',
      '0',
      ...checksumHeaders(checksum),
      ...versionHeaders(versionId),
    ]
    return { status: 200, headers }
  },
}
