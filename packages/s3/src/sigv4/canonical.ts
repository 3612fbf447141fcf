import type { Headers } from '../headers.ts'
import { percentDecode, type Query, type QueryParameter, uriEncode } from '../target.ts'
import { sha256Hex } from './hmac.ts'
import { type CredentialScope, scopeText } from './scope.ts'

/** The parts of a request that a signature covers. */
export interface CanonicalParts {
  readonly method: string
  readonly rawPath: string
  readonly query: Query
  readonly headers: Headers
  /** Lower case, sorted. */
  readonly signedHeaders: readonly string[]
  /** SHA-256 of the body in hexadecimal, or one of the words that stand in its place. */
  readonly payloadHash: string
}

/**
 * The canonical request of SigV4 as S3 wants it: the path is encoded once and not normalised.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export function canonicalRequest(parts: CanonicalParts): string {
  let headerLines = ''
  for (const name of parts.signedHeaders)
    headerLines += `${name}:${canonicalHeaderValue(parts.headers.get(name) ?? '')}\n`
  const path = canonicalPath(parts.rawPath)
  const query = canonicalQuery(parts.query)
  return `${parts.method}\n${path}\n${query}\n${headerLines}\n${parts.signedHeaders.join(';')}\n${parts.payloadHash}`
}

const canonicalAlready = /^[A-Za-z0-9\-._~/]*$/

/**
 * Decoded and encoded again segment by segment, because clients leave different characters as they are and sign the
 * same. An encoded slash stays encoded: who sent it that way signed it that way.
 */
function canonicalPath(rawPath: string): string {
  if (canonicalAlready.test(rawPath)) return rawPath
  return rawPath
    .split('/')
    .map((segment) => uriEncode(percentDecode(segment)))
    .join('/')
}

function canonicalQuery(query: Query): string {
  if (query.parameters.length === 0) return ''
  const pairs: QueryParameter[] = []
  for (const { name, value } of query.parameters) {
    if (name !== 'X-Amz-Signature') pairs.push({ name: uriEncode(name), value: uriEncode(value) })
  }
  // Sorting by code unit is right here: after encoding there is only ASCII. `=` sorts after most of it, so names that
  // are prefixes of others are compared before it is there.
  return pairs
    .sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value))
    .map(({ name, value }) => `${name}=${value}`)
    .join('&')
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Inner runs of blanks count as one. Bytes above ASCII are signed as the UTF-8 that they are. */
function canonicalHeaderValue(value: string): string {
  const single = value.includes('  ') ? value.replace(/ +/g, ' ') : value
  return /[\x80-\xff]/.test(single) ? Buffer.from(single, 'latin1').toString('utf8') : single
}

/** @param timestamp ISO 8601 basic format, such as 20261121T134100Z */
export function stringToSign(timestamp: string, scope: CredentialScope, canonical: string): string {
  return `AWS4-HMAC-SHA256\n${timestamp}\n${scopeText(scope)}\n${sha256Hex(canonical)}`
}
