import { checksumHeader, parseChecksum } from '../body/body-checks.ts'
import { readWriteConditions, unquoteEtag } from '../conditions.ts'
import { S3Error } from '../errors/s3-error.ts'
import { limits } from '../limits.ts'
import { checksumAlgorithms } from '../operations/common.ts'
import type { CompleteMultipartUploadInput, RequestedPart } from '../operations/multipart.ts'
import { childrenNamed, childText, parseXml, type XmlElement } from '../xml/reader.ts'
import { tag, xmlDocument } from '../xml/writer.ts'
import { type Codec, documentReply, locationOf, type WireRequest } from './codec.ts'
import { parsePartNumber, readChecksumType, readUpload } from './read-upload.ts'
import { checksumTag, etagTag, versionHeaders } from './write.ts'

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export const completeMultipartUpload: Codec<'completeMultipartUpload'> = {
  decode(request) {
    const { headers, document } = request
    if (document.length === 0) throw new S3Error('MalformedXML', 'The request needs a list of parts.')
    return {
      ...readUpload(request),
      parts: readParts(parseXml(document)),
      conditions: readWriteConditions(headers),
      expected: readExpected(request),
    }
  },
  encode({ etag, versionId, checksum }, request) {
    const { bucket, key } = request
    let content = tag('Location', locationOf(request)) + tag('Bucket', bucket) + tag('Key', key) + etagTag(etag)
    content += checksumTag(checksum) + tag('ChecksumType', checksum?.type)
    return documentReply(xmlDocument('CompleteMultipartUploadResult', content), versionHeaders(versionId))
  },
}

function readParts(root: XmlElement): RequestedPart[] {
  const elements = childrenNamed(root, 'Part')
  if (root.name !== 'CompleteMultipartUpload' || elements.length === 0 || elements.length > limits.partNumberMax) {
    throw new S3Error(
      'MalformedXML',
      `Expected <CompleteMultipartUpload> with 1 to ${limits.partNumberMax} <Part> elements.`,
    )
  }
  return elements.map((element) => {
    const partNumber = parsePartNumber(childText(element, 'PartNumber'))
    const etag = childText(element, 'ETag')
    if (partNumber === undefined || etag === undefined) {
      throw new S3Error('MalformedXML', 'A <Part> needs a <PartNumber> and an <ETag>.')
    }
    return { partNumber, etag: unquoteEtag(etag), checksum: readPartChecksum(element) }
  })
}

function readPartChecksum(element: XmlElement): RequestedPart['checksum'] {
  for (const algorithm of checksumAlgorithms) {
    const value = childText(element, `Checksum${algorithm}`)
    if (value !== undefined) return { algorithm, value: parseChecksum(algorithm, value).toString('base64') }
  }
  return undefined
}

function readExpected({ headers }: WireRequest): CompleteMultipartUploadInput['expected'] {
  const algorithm = checksumAlgorithms.find((name) => headers.has(checksumHeader(name)))
  const size = headers.get('x-amz-mp-object-size')
  if (size !== undefined && !/^\d{1,15}$/.test(size)) {
    throw new S3Error('InvalidRequest', 'Value for x-amz-mp-object-size header is invalid.')
  }
  return {
    checksum: algorithm && { algorithm, value: headers.get(checksumHeader(algorithm)) ?? '' },
    checksumType: readChecksumType(headers.get('x-amz-checksum-type')),
    sizeBytes: size === undefined ? undefined : Number(size),
  }
}
