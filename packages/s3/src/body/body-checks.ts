import { checksumBytes } from '../checksum/digest.ts'
import { S3Error } from '../errors/s3-error.ts'
import type { Headers } from '../headers.ts'
import { limits } from '../limits.ts'
import { type ChecksumAlgorithm, checksumAlgorithms } from '../operations/common.ts'
import type { OperationName } from '../operations/operations.ts'
import type { Authentication } from '../sigv4/authentication.ts'
import type { ChunkSigner } from '../sigv4/chunk-signer.ts'
import type { PayloadMode } from '../sigv4/payload.ts'

/** What the headers of a request say about its body, to be checked while the bytes are read. */
export interface BodyChecks {
  readonly payload: PayloadMode
  readonly chunkSigner: ChunkSigner | undefined
  /** Size of the content without framing. */
  readonly sizeBytes: number | undefined
  /** 16 bytes. */
  readonly md5: Buffer | undefined
  readonly checksum: ExpectedChecksum | undefined
}

/** A checksum that a request announces. */
export interface ExpectedChecksum {
  readonly algorithm: ChecksumAlgorithm
  /** Raw bytes; undefined when they come in the trailer. */
  readonly bytes: Buffer | undefined
}

/**
 * Reads sizes and digests that a request announces for its body.
 * @param operation that of the request: the checksum headers of a CompleteMultipartUpload are about the object that it
 *   makes, not about its document
 * @throws S3Error InvalidDigest, InvalidRequest or MissingContentLength when they cannot be true
 */
export function readBodyChecks(
  headers: Headers,
  { payload, chunkSigner }: Pick<Authentication, 'payload' | 'chunkSigner'>,
  operation?: OperationName,
): BodyChecks {
  return {
    payload,
    chunkSigner,
    sizeBytes: sizeOf(headers, payload),
    md5: readContentMd5(headers.get('content-md5')),
    checksum: operation === 'completeMultipartUpload' ? undefined : readChecksum(headers, payload),
  }
}

function sizeOf(headers: Headers, payload: PayloadMode): number | undefined {
  const text = headers.get(payload.kind === 'chunked' ? 'x-amz-decoded-content-length' : 'content-length')
  if (text === undefined) {
    if (payload.kind === 'chunked') {
      throw new S3Error('MissingContentLength', 'A body in chunks needs the header x-amz-decoded-content-length.')
    }
    return undefined
  }
  if (!/^\d{1,15}$/.test(text)) throw new S3Error('InvalidArgument', 'The length of the body is not a number.')
  return Number(text)
}

/**
 * Holds a size, announced or counted, against that of the largest body.
 * @throws S3Error EntityTooLarge
 */
export function requireBodySize(sizeBytes: number): void {
  if (sizeBytes <= limits.putBytesMax) return
  throw new S3Error('EntityTooLarge', {
    details: { ProposedSize: String(sizeBytes), MaxSizeAllowed: String(limits.putBytesMax) },
  })
}

function readContentMd5(text: string | undefined): Buffer | undefined {
  if (text === undefined) return undefined
  const bytes = decodeBase64(text)
  if (bytes?.length !== 16) throw new S3Error('InvalidDigest', 'The Content-MD5 you specified is not valid.')
  return bytes
}

const checksumPrefix = 'x-amz-checksum-'

/** Headers that begin as a checksum does, and are about checksums. */
const otherChecksumHeaders = new Set(['x-amz-checksum-algorithm', 'x-amz-checksum-mode', 'x-amz-checksum-type'])

/** The header, or trailer, that carries a checksum. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return checksumPrefix + algorithm.toLowerCase()
}

function readChecksum(headers: Headers, payload: PayloadMode): ExpectedChecksum | undefined {
  const found: ExpectedChecksum[] = []
  for (const [name, text] of headers.entries()) {
    if (!name.startsWith(checksumPrefix) || otherChecksumHeaders.has(name)) continue
    const algorithm = checksumAlgorithms.find((candidate) => checksumHeader(candidate) === name)
    // A checksum that nobody checks would promise what it does not keep.
    if (algorithm === undefined) {
      throw new S3Error('NotImplemented', { message: `${name} is not implemented.`, details: { Header: name } })
    }
    found.push({ algorithm, bytes: parseChecksum(algorithm, text) })
  }
  const trailer = headers.get('x-amz-trailer')?.toLowerCase()
  if (trailer !== undefined) {
    const algorithm = checksumAlgorithms.find((name) => checksumHeader(name) === trailer)
    if (algorithm === undefined) {
      throw new S3Error('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported')
    }
    if (payload.kind !== 'chunked' || !payload.trailer) {
      throw new S3Error('InvalidRequest', 'x-amz-trailer needs a body with trailers: see x-amz-content-sha256.')
    }
    found.push({ algorithm, bytes: undefined })
  }
  if (found.length > 1) {
    throw new S3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    )
  }
  requireSameAlgorithm(headers.get('x-amz-sdk-checksum-algorithm'), found[0]?.algorithm)
  return found[0]
}

function requireSameAlgorithm(announced: string | undefined, sent: ChecksumAlgorithm | undefined): void {
  if (announced === undefined) return
  const algorithm = parseAlgorithm(announced, 'x-amz-sdk-checksum-algorithm')
  if (sent !== undefined && sent !== algorithm) {
    throw new S3Error('InvalidRequest', 'Value for x-amz-sdk-checksum-algorithm header is invalid.')
  }
}

/**
 * Reads the name of an algorithm, in any case.
 * @throws S3Error InvalidRequest for one that S3 does not have
 */
export function parseAlgorithm(text: string, header: string): ChecksumAlgorithm {
  const algorithm = checksumAlgorithms.find((name) => name === text.toUpperCase())
  if (algorithm === undefined) throw new S3Error('InvalidRequest', `Value for ${header} header is invalid.`)
  return algorithm
}

/**
 * Reads a checksum as headers, trailers and documents have it: base64 of its raw bytes.
 * @throws S3Error BadDigest when it is not that, or has not as many bytes as it should
 */
export function parseChecksum(algorithm: ChecksumAlgorithm, text: string): Buffer {
  const bytes = decodeBase64(text)
  if (bytes?.length !== checksumBytes(algorithm)) {
    throw new S3Error('BadDigest', `Value for ${checksumHeader(algorithm)} header is invalid.`)
  }
  return bytes
}

/** Node decodes base64 leniently; a digest that is not exactly itself when encoded again was not base64. */
function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}
