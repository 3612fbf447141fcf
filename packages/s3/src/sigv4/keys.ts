import { S3Error } from '../errors/s3-error.ts'
import type { S3ErrorCode } from '../errors/table.ts'
import type { AuthenticateOptions } from './authentication.ts'
import type { Credential } from './credential.ts'
import type { HmacSha256 } from './hmac.ts'
import { SigningKeyCache } from './scope.ts'

const sharedSigningKeys = new SigningKeyCache()

/** @throws S3Error InvalidAccessKeyId when there is no such key */
export function requireSecret(accessKeyId: string, options: AuthenticateOptions): string {
  const secretKey = options.secretOf(accessKeyId)
  if (secretKey === undefined) throw new S3Error('InvalidAccessKeyId', { details: { AWSAccessKeyId: accessKeyId } })
  return secretKey
}

/**
 * The signing key of a credential, whose scope must have the day of the request and the region that we are.
 * @param day YYYYMMDD
 * @param code the error to throw for a wrong scope, which differs between headers, queries and forms
 * @throws S3Error `code`, or InvalidAccessKeyId
 */
export function requireSigningKey(
  { accessKeyId, scope }: Credential,
  day: string,
  options: AuthenticateOptions,
  code: S3ErrorCode,
): HmacSha256 {
  if (scope.date !== day) {
    const message = `Invalid credential date "${scope.date}". This date is not the same as X-Amz-Date: "${day}".`
    throw new S3Error(code, message)
  }
  if (options.region !== undefined && scope.region !== options.region) {
    // SDKs read <Region> and send the request again, signed for that one.
    throw new S3Error(code, {
      message: `The region '${scope.region}' is wrong; expecting '${options.region}'`,
      details: { Region: options.region },
    })
  }
  const secretKey = requireSecret(accessKeyId, options)
  return (options.signingKeys ?? sharedSigningKeys).get(accessKeyId, secretKey, scope)
}
