/**
 * Words that stand in `x-amz-content-sha256` in place of a hash.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html
 */
export const unsignedPayload = 'UNSIGNED-PAYLOAD'
export const streamingSigned = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'
export const streamingSignedTrailer = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'
export const streamingUnsignedTrailer = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'

export const algorithm = 'AWS4-HMAC-SHA256'

/** How far a request's time may be from ours: 15 minutes, as at AWS. */
export const skewMsMax = 15 * 60 * 1000
/** Longest life of a presigned URL: 7 days, as at AWS. */
export const presignedSecondsMax = 7 * 24 * 3600
