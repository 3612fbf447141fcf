import { parseAlgorithm } from '../body/body-checks.ts'
import { canCombine, defaultChecksumType } from '../checksum/combine.ts'
import { S3Error } from '../errors/s3-error.ts'
import type { UploadChecksum } from '../operations/multipart.ts'
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
import { readChecksumType, readUpload } from './read-upload.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html tells which types go together. */
function readUploadChecksum({ headers }: WireRequest): UploadChecksum | undefined {
  const text = headers.get('x-amz-checksum-algorithm')
  const asked = readChecksumType(headers.get('x-amz-checksum-type'))
  if (text === undefined) {
    if (asked !== undefined) {
      throw new S3Error(
        'InvalidRequest',
        'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
      )
    }
    return undefined
  }
  const algorithm = parseAlgorithm(text, 'x-amz-checksum-algorithm')
  const type = asked ?? defaultChecksumType(algorithm)
  if ((type === 'FULL_OBJECT' && !canCombine(algorithm)) || (type === 'COMPOSITE' && algorithm === 'CRC64NVME')) {
    throw new S3Error(
      'InvalidRequest',
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    )
  }
  return { algorithm, type }
}

function uploadChecksumHeaders(checksum: UploadChecksum | undefined): string[] {
  return checksum === undefined
    ? []
    : ['x-amz-checksum-algorithm', checksum.algorithm, 'x-amz-checksum-type', checksum.type]
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export const createMultipartUpload: Codec<'createMultipartUpload'> = {
  decode(request) {
    const { headers } = request
    refuseUnservedHeaders(headers)
    const { bucket, key, expectedBucketOwner } = readObject(request)
    return {
      bucket,
      key,
      expectedBucketOwner,
      content: readContentHeaders(headers),
      metadata: readMetadata(headers),
      tags: readTaggingHeader(headers),
      storageClass: readStorageClass(headers),
      acl: readCannedAcl(headers),
      checksum: readUploadChecksum(request),
    }
  },
  encode({ uploadId, checksum }, { bucket, key }) {
    const content = tag('Bucket', bucket) + tag('Key', key) + tag('UploadId', uploadId)
    return documentReply(xmlDocument('InitiateMultipartUploadResult', content), uploadChecksumHeaders(checksum))
  },
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export const abortMultipartUpload: Codec<'abortMultipartUpload'> = {
  decode: readUpload,
  encode: () => ({ status: 204, headers: [] }),
}
