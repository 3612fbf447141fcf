import { createHmac } from 'node:crypto'
import { S3Error } from './errors/s3-error.ts'
import type { AuthenticateOptions, SignedRequest } from './sigv4/authenticate.ts'
import { sameText } from './sigv4/same-text.ts'
import type { Query } from './target.ts'

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

/** boto3 still presigns in this form unless it is told a signature version. */
export function isSigV2Presigned(query: Query): boolean {
  return query.has('AWSAccessKeyId') && query.has('Signature') && query.has('Expires')
}

/**
 * Verifies a URL presigned with signature version 2.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html#RESTAuthenticationQueryStringAuth
 * @returns the access key id
 */
export function authenticateSigV2(request: SignedRequest, options: AuthenticateOptions): string {
  const { method, target, headers, hostedBucket } = request
  const { query } = target
  const accessKeyId = query.get('AWSAccessKeyId') ?? ''
  const expires = query.get('Expires') ?? ''
  const expiresMs = Number(expires) * 1000
  if (!/^\d+$/.test(expires)) throw new S3Error('AccessDenied', 'Invalid date (should be seconds since epoch)')
  if (expiresMs < options.nowMs) {
    throw new S3Error('AccessDenied', {
      message: 'Request has expired',
      details: { Expires: new Date(expiresMs).toISOString(), ServerTime: new Date(options.nowMs).toISOString() },
    })
  }
  const secretKey = options.secretOf(accessKeyId)
  if (secretKey === undefined) throw new S3Error('InvalidAccessKeyId', { details: { AWSAccessKeyId: accessKeyId } })

  const amzHeaders = [...headers.entries()]
    .filter(([name]) => name.startsWith('x-amz-'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`)
    .join('')
  const parameters = signedParameters
    .filter((name) => query.has(name))
    .map((name) => (query.get(name) === '' ? name : `${name}=${query.get(name)}`))
  const path = hostedBucket === undefined ? target.rawPath : `/${hostedBucket}${target.rawPath}`
  const resource = path + (parameters.length > 0 ? `?${parameters.join('&')}` : '')
  const text = `${method}\n${headers.get('content-md5') ?? ''}\n${headers.get('content-type') ?? ''}\n${expires}\n${amzHeaders}${resource}`
  const signature = createHmac('sha1', secretKey).update(text).digest('base64')
  if (!sameText(signature, query.get('Signature') ?? '')) {
    throw new S3Error('SignatureDoesNotMatch', { details: { AWSAccessKeyId: accessKeyId, StringToSign: text } })
  }
  return accessKeyId
}
