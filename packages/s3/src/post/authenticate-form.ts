import { createHmac } from 'node:crypto'
import { S3Error } from '../errors/s3-error.ts'
import type { AuthenticateOptions } from '../sigv4/authenticate.ts'
import { algorithm } from '../sigv4/constants.ts'
import { parseCredential } from '../sigv4/credential.ts'
import { sameText } from '../sigv4/same-text.ts'
import { SigningKeyCache } from '../sigv4/scope.ts'

const sharedSigningKeys = new SigningKeyCache()

/**
 * Verifies the signature of a form upload, which covers its policy: SigV4 by `x-amz-signature`, or the older form by
 * `AWSAccessKeyId` and `signature`.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html
 * @returns the access key id, or undefined when the form is not signed
 */
export function authenticateForm(
  fields: ReadonlyMap<string, string>,
  options: AuthenticateOptions,
): string | undefined {
  const policy = fields.get('policy')
  if (policy === undefined) return undefined
  const isV4 = fields.has('x-amz-signature') || fields.has('x-amz-algorithm')
  return isV4 ? authenticateV4(fields, policy, options) : authenticateV2(fields, policy, options)
}

function authenticateV4(fields: ReadonlyMap<string, string>, policy: string, options: AuthenticateOptions): string {
  const { accessKeyId, scope } = parseCredential(required(fields, 'x-amz-credential'), 'InvalidArgument')
  const signature = required(fields, 'x-amz-signature')
  if (required(fields, 'x-amz-algorithm') !== algorithm) {
    throw new S3Error('InvalidArgument', `x-amz-algorithm only supports "${algorithm}"`)
  }
  const secretKey = secretOf(accessKeyId, options)
  const key = (options.signingKeys ?? sharedSigningKeys).get(accessKeyId, secretKey, scope)
  if (!sameText(key.hex(policy), signature))
    throw new S3Error('SignatureDoesNotMatch', { details: { StringToSign: policy } })
  return accessKeyId
}

function authenticateV2(fields: ReadonlyMap<string, string>, policy: string, options: AuthenticateOptions): string {
  const accessKeyId = required(fields, 'awsaccesskeyid')
  const signature = required(fields, 'signature')
  const expected = createHmac('sha1', secretOf(accessKeyId, options)).update(policy).digest('base64')
  if (!sameText(expected, signature)) throw new S3Error('SignatureDoesNotMatch', { details: { StringToSign: policy } })
  return accessKeyId
}

function secretOf(accessKeyId: string, options: AuthenticateOptions): string {
  const secretKey = options.secretOf(accessKeyId)
  if (secretKey === undefined) throw new S3Error('InvalidAccessKeyId', { details: { AWSAccessKeyId: accessKeyId } })
  return secretKey
}

function required(fields: ReadonlyMap<string, string>, name: string): string {
  const value = fields.get(name)
  if (value === undefined || value === '') {
    throw new S3Error('InvalidArgument', {
      message: `Bucket POST must contain a field named '${name}'. If it is specified, please check the order of the fields.`,
      details: { ArgumentName: name, ArgumentValue: '' },
    })
  }
  return value
}
