import { S3Error } from '../errors/s3-error.ts'
import type { SignedRequest } from './authentication.ts'
import { canonicalRequest, stringToSign } from './canonical.ts'
import type { Authorization } from './credential.ts'
import type { HmacSha256 } from './hmac.ts'
import { sameText } from './same-text.ts'

/**
 * Signs a request as its client should have, and compares.
 * @throws S3Error SignatureDoesNotMatch, showing what we signed
 */
export function verifySignature(
  { method, target, headers }: SignedRequest,
  { credential, signedHeaders, signature }: Authorization,
  { key, timestamp, payloadHash }: { key: HmacSha256; timestamp: string; payloadHash: string },
): void {
  const { rawPath, query } = target
  const canonical = canonicalRequest({ method, rawPath, query, headers, signedHeaders, payloadHash })
  const text = stringToSign(timestamp, credential.scope, canonical)
  if (sameText(key.hex(text), signature)) return
  throw new S3Error('SignatureDoesNotMatch', {
    details: {
      AWSAccessKeyId: credential.accessKeyId,
      StringToSign: text,
      SignatureProvided: signature.slice(0, 256),
      CanonicalRequest: canonical,
    },
  })
}
