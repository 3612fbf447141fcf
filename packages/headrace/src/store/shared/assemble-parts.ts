import {
  type Checksum,
  type CompleteMultipartUploadInput,
  combineParts,
  limits,
  multipartEtag,
  type PartChecksum,
  type RequestedPart,
  S3Error,
  type UploadChecksum,
} from '@headrace/s3'

/** What is known of a part that was uploaded. */
export interface StoredPart {
  readonly partNumber: number
  readonly sizeBytes: number
  readonly etag: string
  /** 16 bytes: MD5 of the part, or what stands for it. */
  readonly md5: Uint8Array
  readonly checksum: PartChecksum | undefined
}

export interface Assembly<P extends StoredPart> {
  readonly parts: readonly P[]
  readonly sizeBytes: number
  readonly etag: string
  readonly checksum: Checksum | undefined
}

/**
 * Holds the parts that CompleteMultipartUpload names against those that were uploaded, and derives what the object will
 * be.
 * @throws S3Error InvalidPart, InvalidPartOrder, EntityTooSmall, EntityTooLarge, InvalidRequest or BadDigest
 */
export function assembleParts<P extends StoredPart>(
  { parts: requested, expected }: Pick<CompleteMultipartUploadInput, 'parts' | 'expected'>,
  storedPart: (partNumber: number) => P | undefined,
  upload: UploadChecksum | undefined,
): Assembly<P> {
  const parts: P[] = []
  let sizeBytes = 0
  const named = requireOrder(requested)
  for (const [index, request] of named.entries()) {
    const part = findPart(request, storedPart)
    if (index < named.length - 1 && part.sizeBytes < limits.partBytesMin) throw tooSmall(part)
    parts.push(part)
    sizeBytes += part.sizeBytes
  }
  if (sizeBytes > limits.objectBytesMax) throw new S3Error('EntityTooLarge')
  if (expected?.sizeBytes !== undefined && expected.sizeBytes !== sizeBytes) {
    throw new S3Error(
      'InvalidRequest',
      `The provided 'x-amz-mp-object-size' header value ${expected.sizeBytes} does not match what was computed: ${sizeBytes}`,
    )
  }
  const checksum = upload && combine(upload, parts)
  requireExpected(expected, upload, checksum)
  return { parts, sizeBytes, etag: multipartEtag(parts.map((part) => part.md5)), checksum }
}

/** A part that is named twice in a row counts as it was named last: a client that sent it twice may name both. */
function requireOrder(requested: readonly RequestedPart[]): RequestedPart[] {
  const named: RequestedPart[] = []
  for (const part of requested) {
    const before = named.at(-1)?.partNumber ?? 0
    if (before > part.partNumber) throw new S3Error('InvalidPartOrder')
    if (before === part.partNumber) named.pop()
    named.push(part)
  }
  return named
}

function findPart<P extends StoredPart>(request: RequestedPart, storedPart: (partNumber: number) => P | undefined): P {
  const part = storedPart(request.partNumber)
  const matches =
    part !== undefined &&
    part.etag === request.etag.toLowerCase() &&
    (request.checksum === undefined ||
      part.checksum === undefined ||
      (part.checksum.algorithm === request.checksum.algorithm && part.checksum.value === request.checksum.value))
  if (matches) return part
  throw new S3Error('InvalidPart', { details: { PartNumber: String(request.partNumber), ETag: request.etag } })
}

function tooSmall({ partNumber, sizeBytes, etag }: StoredPart): S3Error {
  return new S3Error('EntityTooSmall', {
    message: 'Your proposed upload is smaller than the minimum allowed size',
    details: {
      ProposedSize: String(sizeBytes),
      MinSizeAllowed: String(limits.partBytesMin),
      PartNumber: String(partNumber),
      ETag: etag,
    },
  })
}

function combine({ algorithm, type }: UploadChecksum, parts: readonly StoredPart[]): Checksum {
  const digests = parts.map(({ checksum, sizeBytes, partNumber }) => {
    if (checksum === undefined) throw new S3Error('InvalidPart', { details: { PartNumber: String(partNumber) } })
    return { bytes: Buffer.from(checksum.value, 'base64'), sizeBytes }
  })
  return combineParts(algorithm, type, digests)
}

function requireExpected(
  expected: CompleteMultipartUploadInput['expected'],
  upload: UploadChecksum | undefined,
  checksum: Checksum | undefined,
): void {
  if (expected?.checksumType !== undefined && expected.checksumType !== upload?.type) {
    throw new S3Error(
      'InvalidRequest',
      `The upload was created with the checksum type ${upload?.type ?? 'none'}, and is completed with ${expected.checksumType}.`,
    )
  }
  if (expected?.checksum === undefined || checksum === undefined) return
  const { algorithm, value } = expected.checksum
  // A composite value may be given with or without the number of parts.
  const given =
    checksum.type === 'COMPOSITE' && !value.includes('-') ? checksum.value.replace(/-\d+$/, '') : checksum.value
  if (algorithm !== checksum.algorithm || value !== given) {
    throw new S3Error('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`)
  }
}
