import { createHmac } from 'node:crypto'
import { effectiveHeaders } from '../effective-headers.ts'
import { S3Error } from '../errors/s3-error.ts'
import type { AuthenticateOptions, SignedRequest } from '../sigv4/authentication.ts'
import { requireSecret } from '../sigv4/keys.ts'
import { sameText } from '../sigv4/same-text.ts'
import type { Query } from '../target.ts'

/** Parameters that the resource of a version 2 signature includes, in byte order. */
const signedParameters = [
  'acl',
  'cors',
  'delete',
  'lifecycle',
  'location',
  'logging',
  'notification',
  'partNumber',
  'policy',
  'requestPayment',
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
  'restore',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versionId',
  'versioning',
  'versions',
  'website',
]

/**
 * Verifies a URL presigned with signature version 2, in which boto3 still presigns unless it is told another.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html#RESTAuthenticationQueryStringAuth
 * @returns the access key id
 * @throws S3Error AccessDenied, InvalidAccessKeyId or SignatureDoesNotMatch
 */
export function authenticateSigV2(request: SignedRequest, options: AuthenticateOptions): string {
  const { query } = request.target
  const accessKeyId = required(query, 'AWSAccessKeyId')
  const expires = required(query, 'Expires')
  const signature = required(query, 'Signature')
  if (!/^\d+$/.test(expires)) throw new S3Error('AccessDenied', 'Invalid date (should be seconds since epoch)')
  const expiresMs = Number(expires) * 1000
  if (expiresMs < options.nowMs) {
    throw new S3Error('AccessDenied', {
      message: 'Request has expired',
      details: { Expires: new Date(expiresMs).toISOString(), ServerTime: new Date(options.nowMs).toISOString() },
    })
  }
  const secretKey = requireSecret(accessKeyId, options)
  const text = stringToSign(request, expires)
  if (!sameText(createHmac('sha1', secretKey).update(text).digest('base64'), signature)) {
    throw new S3Error('SignatureDoesNotMatch', { details: { AWSAccessKeyId: accessKeyId, StringToSign: text } })
  }
  return accessKeyId
}

function required(query: Query, name: string): string {
  const [value, ...others] = query.getAll(name)
  if (value && others.length === 0) return value
  throw new S3Error(
    'AccessDenied',
    'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters, each once',
  )
}

function stringToSign({ method, target, headers, hostedBucket }: SignedRequest, expires: string): string {
  const { query, rawPath } = target
  const effective = effectiveHeaders(query, headers)
  const amzHeaders = [...effective.entries()]
    .filter(([name]) => name.startsWith('x-amz-'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`)
    .join('')
  const parameters = signedParameters
    .filter((name) => query.has(name))
    .map((name) => (query.get(name) === '' ? name : `${name}=${query.get(name)}`))
  const path = hostedBucket === undefined ? rawPath : `/${hostedBucket}${rawPath}`
  const resource = path + (parameters.length > 0 ? `?${parameters.join('&')}` : '')
  const md5 = effective.get('content-md5') ?? ''
  const type = effective.get('content-type') ?? ''
  return `${method}\n${md5}\n${type}\n${expires}\n${amzHeaders}${resource}`
}
