import { checksumHeader } from '../body/body-checks.ts'
import { multipartEtag } from '../checksum/combine.ts'
import { checksumTag, etagTag } from '../codec/write.ts'
import type { CompleteMultipartUploadInput, RequestedPart } from '../operations/multipart.ts'
import { tag, xmlDocument } from '../xml/writer.ts'
import { defineCodec } from './define-codec.ts'
import { checksumOfElement, etagOf, required, versionOf } from './read.ts'
import { conditionHeaders } from './write.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export const completeMultipartUpload = defineCodec('completeMultipartUpload', {
  root: 'CompleteMultipartUploadResult',
  encode: ({ parts, conditions, expected }) => ({
    headers: { ...conditionHeaders(conditions), ...expectedHeaders(expected) },
    document: xmlDocument(
      'CompleteMultipartUpload',
      parts
        .map(
          (part) =>
            `<Part>${tag('PartNumber', part.partNumber)}${etagTag(part.etag)}${checksumTag(part.checksum)}</Part>`,
        )
        .join(''),
    ),
  }),
  decode({ headers, root }, { parts }) {
    const checksum = checksumOfElement(root)
    const { versionId } = versionOf(headers)
    return {
      // Ceph RGW 16 leaves it empty; what it is follows from the parts, as long as their ETags are MD5s.
      etag: etagOf(root) || required(etagOfParts(parts), 'ETag'),
      ...(versionId !== undefined && { versionId }),
      ...(checksum !== undefined && { checksum }),
    }
  },
})

function etagOfParts(parts: readonly RequestedPart[]): string | undefined {
  if (!parts.every(({ etag }) => /^[0-9a-f]{32}$/i.test(etag))) return undefined
  return multipartEtag(parts.map(({ etag }) => Buffer.from(etag, 'hex')))
}

function expectedHeaders(expected: CompleteMultipartUploadInput['expected']): Record<string, string | undefined> {
  const { checksum, checksumType, sizeBytes } = expected ?? {}
  return {
    ...(checksum && { [checksumHeader(checksum.algorithm)]: checksum.value }),
    'x-amz-checksum-type': checksumType,
    'x-amz-mp-object-size': sizeBytes === undefined ? undefined : String(sizeBytes),
  }
}
