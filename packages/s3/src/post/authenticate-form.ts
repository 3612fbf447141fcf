import { createHmac } from 'node:crypto'
import { S3Error } from '../errors/s3-error.ts'
import type { AuthenticateOptions } from '../sigv4/authentication.ts'
import { algorithm } from '../sigv4/constants.ts'
import { parseCredential } from '../sigv4/credential.ts'
import { requireSecret, requireSigningKey } from '../sigv4/keys.ts'
import { sameText } from '../sigv4/same-text.ts'

type Fields = ReadonlyMap<string, string>

const fieldsOfV4 = ['x-amz-signature', 'x-amz-algorithm', 'x-amz-credential']
const fieldsOfV2 = ['awsaccesskeyid', 'signature']

/**
 * Verifies the signature of a form upload, which covers its policy: SigV4 by `x-amz-signature`, or the older form by
 * `AWSAccessKeyId` and `signature`.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-UsingHTTPPOST.html
 * @param fields by lower-case name
 * @returns the access key id, or undefined when the form is not signed and has no policy
 * @throws S3Error InvalidArgument for a field that is missing; InvalidAccessKeyId or SignatureDoesNotMatch
 */
export function authenticateForm(fields: Fields, options: AuthenticateOptions): string | undefined {
  const isV4 = fieldsOfV4.some((name) => fields.has(name))
  const isV2 = fieldsOfV2.some((name) => fields.has(name))
  if (!isV4 && !isV2 && !fields.has('policy')) return undefined
  if (isV4 && isV2) throw new S3Error('InvalidArgument', 'A form is signed with version 2 or version 4, not with both.')
  const policy = required(fields, 'policy')
  return isV4 ? authenticateV4(fields, policy, options) : authenticateV2(fields, policy, options)
}

function authenticateV4(fields: Fields, policy: string, options: AuthenticateOptions): string {
  const credential = parseCredential(required(fields, 'x-amz-credential'), 'InvalidArgument')
  const signature = required(fields, 'x-amz-signature')
  if (required(fields, 'x-amz-algorithm') !== algorithm) {
    throw new S3Error('InvalidArgument', `x-amz-algorithm only supports "${algorithm}"`)
  }
  const day = required(fields, 'x-amz-date').slice(0, 8)
  const key = requireSigningKey(credential, day, options, 'InvalidArgument')
  if (!sameText(key.hex(policy), signature)) throw mismatch(credential.accessKeyId, policy)
  return credential.accessKeyId
}

function authenticateV2(fields: Fields, policy: string, options: AuthenticateOptions): string {
  const accessKeyId = required(fields, 'awsaccesskeyid')
  const signature = required(fields, 'signature')
  const expected = createHmac('sha1', requireSecret(accessKeyId, options)).update(policy).digest('base64')
  if (!sameText(expected, signature)) throw mismatch(accessKeyId, policy)
  return accessKeyId
}

function mismatch(accessKeyId: string, policy: string): S3Error {
  return new S3Error('SignatureDoesNotMatch', { details: { AWSAccessKeyId: accessKeyId, StringToSign: policy } })
}

function required(fields: Fields, name: string): string {
  const value = fields.get(name)
  if (value) return value
  throw new S3Error('InvalidArgument', {
    message: `Bucket POST must contain a field named '${name}'. If it is specified, please check the order of the fields.`,
    details: { ArgumentName: name, ArgumentValue: '' },
  })
}
