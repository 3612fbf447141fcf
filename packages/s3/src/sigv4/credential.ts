import { S3Error } from '../errors/s3-error.ts'
import type { S3ErrorCode } from '../errors/table.ts'
import { algorithm } from './constants.ts'
import type { CredentialScope } from './scope.ts'

/** An access key, and the scope that it was used in. */
export interface Credential {
  readonly accessKeyId: string
  readonly scope: CredentialScope
}

/** What a client says of its signature. */
export interface Authorization {
  readonly credential: Credential
  /** Lower case, sorted. */
  readonly signedHeaders: readonly string[]
  /** As the client gave it: good only if it is 64 hexadecimal digits, and the right ones. */
  readonly signature: string
}

const signatureDigits = 64
const knownMax = 1000
const knownCharactersMax = 512

/**
 * What precedes the signature is the same in all requests of one kind that a client makes on one day, so it is read
 * once. Clients choose it, hence the bounds.
 */
const known = new Map<string, Omit<Authorization, 'signature'>>()

/**
 * Reads `AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.
 * @throws S3Error AuthorizationHeaderMalformed, saying what is missing; AccessDenied, InvalidRequest or InvalidArgument
 *   for something else than SigV4
 */
export function parseAuthorization(header: string): Authorization {
  const before = header.slice(0, Math.max(0, header.length - signatureDigits))
  const signature = header.slice(before.length)
  const found = known.get(before)
  if (found !== undefined) return { ...found, signature }
  const authorization = readAuthorization(header)
  if (authorization.signature === signature && before.length <= knownCharactersMax) {
    if (known.size >= knownMax) known.clear()
    known.set(before, { credential: authorization.credential, signedHeaders: authorization.signedHeaders })
  }
  return authorization
}

type Field = 'Credential' | 'SignedHeaders' | 'Signature'

function readAuthorization(header: string): Authorization {
  if (!header.startsWith(`${algorithm} `)) throw unsupported(header)
  const fields: { [F in Field]: string } = { Credential: '', SignedHeaders: '', Signature: '' }
  for (const part of header.slice(algorithm.length + 1).split(',')) {
    const equals = part.indexOf('=')
    const name = part.slice(0, Math.max(0, equals)).trim()
    if (name !== 'Credential' && name !== 'SignedHeaders' && name !== 'Signature') continue
    // Two Authorization headers are joined by a comma: nobody shall choose which of them counts.
    if (fields[name] !== '') throw malformed(`it has more than one ${name}.`)
    fields[name] = part.slice(equals + 1).trim()
  }
  for (const name of ['Credential', 'SignedHeaders', 'Signature'] as const) {
    if (fields[name] === '') throw malformed(`it has no ${name}.`)
  }
  return {
    credential: parseCredential(fields.Credential, 'AuthorizationHeaderMalformed'),
    signedHeaders: parseSignedHeaders(fields.SignedHeaders),
    signature: fields.Signature,
  }
}

function malformed(what: string): S3Error {
  return new S3Error('AuthorizationHeaderMalformed', `The authorization header is malformed; ${what}`)
}

function unsupported(header: string): S3Error {
  if (header === '') return new S3Error('AccessDenied', 'The authorization header is empty.')
  if (header.startsWith('AWS ')) {
    return new S3Error('InvalidRequest', `Signature version 2 is not supported in headers. Please use ${algorithm}.`)
  }
  return new S3Error('InvalidArgument', {
    message: 'Unsupported Authorization Type',
    details: { ArgumentName: 'Authorization', ArgumentValue: header.slice(0, 256) },
  })
}

/**
 * Reads `KEY/20261121/us-east-1/s3/aws4_request`. Access keys may hold slashes, so it is read from its end.
 * @param code the error to throw, which differs between headers, queries and forms
 */
export function parseCredential(text: string, code: S3ErrorCode): Credential {
  const fields = text.split('/')
  const [terminator, service, region, date] = fields.slice(-4).reverse() as [string, string, string, string]
  const accessKeyId = fields.slice(0, -4).join('/')
  const malformed = (what: string) => new S3Error(code, `The credential is malformed; ${what}`)
  if (fields.length < 5 || accessKeyId === '') {
    throw malformed('expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".')
  }
  if (terminator !== 'aws4_request') throw malformed(`incorrect terminal "${terminator}". It must be "aws4_request".`)
  if (service !== 's3') throw malformed(`incorrect service "${service}". It must be "s3".`)
  if (!/^\d{8}$/.test(date)) throw malformed(`incorrect date format "${date}". It must be in the format "yyyyMMdd".`)
  return { accessKeyId, scope: { date, region, service } }
}

/** Reads `host;x-amz-date`: names in lower case, sorted. */
export function parseSignedHeaders(text: string): string[] {
  return text
    .split(';')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
    .sort()
}
