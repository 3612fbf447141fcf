import { S3Error, type S3ErrorOptions } from '../errors/s3-error.ts'
import type { S3ErrorCode } from '../errors/table.ts'
import { algorithm } from './constants.ts'
import type { CredentialScope } from './scope.ts'

export interface Credential {
  readonly accessKeyId: string
  readonly scope: CredentialScope
}

export interface Authorization {
  readonly credential: Credential
  readonly signedHeaders: readonly string[]
  /** 64 hexadecimal digits, as the client gave them. */
  readonly signature: string
}

/**
 * Reads `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.
 * @throws S3Error AuthorizationHeaderMalformed, saying what is missing
 */
export function parseAuthorization(header: string): Authorization {
  const malformed = (message: string) => new S3Error('AuthorizationHeaderMalformed', message)
  if (!header.startsWith(`${algorithm} `)) {
    if (header.startsWith('AWS ')) {
      throw new S3Error('InvalidRequest', `Signature version 2 is not supported in headers. Please use ${algorithm}.`)
    }
    throw new S3Error('InvalidArgument', {
      message: 'Unsupported Authorization Type',
      details: { ArgumentName: 'Authorization', ArgumentValue: header.slice(0, 256) },
    })
  }
  const fields = new Map<string, string>()
  for (const part of header.slice(algorithm.length + 1).split(',')) {
    const equals = part.indexOf('=')
    if (equals > 0) fields.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim())
  }
  const credential = fields.get('Credential')
  const signedHeaders = fields.get('SignedHeaders')
  const signature = fields.get('Signature')
  if (!credential) throw malformed('The authorization header is malformed; it has no Credential.')
  if (!signedHeaders) throw malformed('The authorization header is malformed; it has no SignedHeaders.')
  if (!signature) throw malformed('The authorization header is malformed; it has no Signature.')
  return {
    credential: parseCredential(credential, 'AuthorizationHeaderMalformed'),
    signedHeaders: parseSignedHeaders(signedHeaders),
    signature,
  }
}

/**
 * Reads `KEY/20261121/us-east-1/s3/aws4_request`. Access keys may hold slashes, so it is read from its end.
 * @param code the error to throw, which differs between headers, queries and forms
 */
export function parseCredential(text: string, code: S3ErrorCode): Credential {
  const fields = text.split('/')
  const [terminator, service, region, date] = fields.slice(-4).reverse() as [string, string, string, string]
  const accessKeyId = fields.slice(0, -4).join('/')
  const malformed = (message: string, details?: S3ErrorOptions['details']) =>
    new S3Error(code, { message: `The credential is malformed; ${message}`, ...(details && { details }) })
  if (fields.length < 5 || accessKeyId === '') {
    throw malformed('expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".')
  }
  if (terminator !== 'aws4_request') throw malformed(`incorrect terminal "${terminator}". It must be "aws4_request".`)
  if (service !== 's3') throw malformed(`incorrect service "${service}". It must be "s3".`)
  if (!/^\d{8}$/.test(date)) throw malformed(`incorrect date format "${date}". It must be in the format "yyyyMMdd".`)
  return { accessKeyId, scope: { date, region, service } }
}

export function parseSignedHeaders(text: string): string[] {
  return text
    .split(';')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
    .sort()
}
