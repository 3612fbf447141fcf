// Words that stand in `x-amz-content-sha256` in place of a hash:
// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html

/** The body is not covered by the signature. */
export const unsignedPayload = 'UNSIGNED-PAYLOAD'
/** aws-chunked framing, each chunk signed. */
export const streamingSigned = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
/** aws-chunked framing, chunks and trailers signed. */
export const streamingSignedTrailer = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'
/** aws-chunked framing without signatures, a checksum in its trailer. */
export const streamingUnsignedTrailer = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'

/** The only algorithm of SigV4 that we have. */
export const algorithm = 'AWS4-HMAC-SHA256'

/** How far a request's time may be from ours: 15 minutes, as at AWS. */
export const skewMsMax = 15 * 60 * 1000
/** Longest life of a presigned URL: 7 days, as at AWS. */
export const presignedSecondsMax = 7 * 24 * 3600
