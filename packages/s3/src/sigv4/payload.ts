import { S3Error } from '../errors/s3-error.ts'
import { streamingSigned, streamingSignedTrailer, streamingUnsignedTrailer, unsignedPayload } from './constants.ts'

/** How the bytes of a body are vouched for, as `x-amz-content-sha256` says. */
export type PayloadMode =
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'signed'; readonly sha256Hex: string }
  /** aws-chunked framing: each chunk may carry a signature, and checksums may follow as trailers. */
  | { readonly kind: 'chunked'; readonly signed: boolean; readonly trailer: boolean }

/**
 * The value of `x-amz-content-sha256` decides about aws-chunked framing, not Content-Encoding: some clients send
 * framed bodies without saying `aws-chunked` there.
 * @throws S3Error InvalidArgument for a value that is neither a hash nor a word that we know
 */
export function parsePayloadMode(value: string | undefined): PayloadMode {
  switch (value) {
    case undefined:
    case unsignedPayload:
      return { kind: 'unsigned' }
    case streamingSigned:
      return { kind: 'chunked', signed: true, trailer: false }
    case streamingSignedTrailer:
      return { kind: 'chunked', signed: true, trailer: true }
    case streamingUnsignedTrailer:
      return { kind: 'chunked', signed: false, trailer: true }
  }
  if (/^[0-9a-fA-F]{64}$/.test(value)) return { kind: 'signed', sha256Hex: value.toLowerCase() }
  if (value.startsWith('STREAMING-AWS4-ECDSA')) {
    throw new S3Error('NotImplemented', 'SigV4A (ECDSA) signatures are not implemented. Sign with AWS4-HMAC-SHA256.')
  }
  throw new S3Error('InvalidArgument', {
    message: `x-amz-content-sha256 must be ${unsignedPayload}, ${streamingUnsignedTrailer}, ${streamingSigned}, ${streamingSignedTrailer} or a valid sha256 value.`,
    details: { ArgumentName: 'x-amz-content-sha256', ArgumentValue: value.slice(0, 256) },
  })
}

/**
 * The same for a request that has no SigV4 signature of its own, which chunk signatures would have to begin with: there
 * is nothing to hold them against.
 * @throws S3Error InvalidRequest for chunks that are said to be signed, and what `parsePayloadMode` throws
 */
export function parseUnsignedPayloadMode(value: string | undefined): PayloadMode {
  const payload = parsePayloadMode(value)
  if (payload.kind === 'chunked' && payload.signed) {
    throw new S3Error('InvalidRequest', `x-amz-content-sha256 ${value} needs a request that is signed with SigV4.`)
  }
  return payload
}
