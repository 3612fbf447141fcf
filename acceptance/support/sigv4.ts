import { createHash, createHmac } from 'node:crypto'

// Signature Version 4 (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html), written a
// second time and as plainly as can be, so that the server is not held against itself.

export interface Keys {
  readonly accessKeyId: string
  readonly secretKey: string
}

export interface SigningInput {
  readonly method: string
  /** As it is sent: percent-encoded once, and not normalised. */
  readonly path: string
  /** Names and values, not encoded. */
  readonly query: readonly (readonly [string, string])[]
  /** Names in lower case; `host` must be among them. All are signed. */
  readonly headers: Readonly<Record<string, string>>
  /** The value of x-amz-content-sha256, or UNSIGNED-PAYLOAD. */
  readonly payload: string
  readonly date: Date
  readonly region?: string
}

export interface Signature {
  readonly signature: string
  readonly signedHeaders: string
  readonly scope: string
  /** `20260102T030405Z` */
  readonly timestamp: string
  readonly signingKey: Buffer
}

export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

export function hmac(key: string | Uint8Array, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest()
}

export function timestampOf(date: Date): string {
  return date.toISOString().replace(/[-:]|\.\d+/g, '')
}

export function scopeOf(date: Date, region = 'us-east-1'): string {
  return `${timestampOf(date).slice(0, 8)}/${region}/s3/aws4_request`
}

/** Percent-encodes all but unreserved characters. */
export function uriEncode(text: string | Uint8Array): string {
  let encoded = ''
  for (const byte of Buffer.from(text as string)) {
    const character = String.fromCharCode(byte)
    if (/[A-Za-z0-9\-._~]/.test(character)) encoded += character
    else encoded += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return encoded
}

export function queryString(query: SigningInput['query']): string {
  return query.map(([name, value]) => `${uriEncode(name)}=${uriEncode(value)}`).join('&')
}

export function signRequest({ accessKeyId: _, secretKey }: Keys, input: SigningInput): Signature {
  const names = Object.keys(input.headers).sort()
  const signedHeaders = names.join(';')
  const canonical = [
    input.method,
    input.path,
    queryString(input.query).split('&').sort().join('&'),
    ...names.map((name) => `${name}:${input.headers[name]?.trim().replace(/ +/g, ' ')}`),
    '',
    signedHeaders,
    input.payload,
  ].join('\n')
  const scope = scopeOf(input.date, input.region)
  const timestamp = timestampOf(input.date)
  const signingKey = scope.split('/').reduce<string | Buffer>((key, part) => hmac(key, part), `AWS4${secretKey}`)
  const toSign = `AWS4-HMAC-SHA256\n${timestamp}\n${scope}\n${sha256Hex(canonical)}`
  const signature = hmac(signingKey, toSign).toString('hex')
  return { signature, signedHeaders, scope, timestamp, signingKey: signingKey as Buffer }
}

/** The value of the Authorization header. */
export function authorizationHeader({ accessKeyId }: Keys, { scope, signedHeaders, signature }: Signature): string {
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders}, Signature=${signature}`
}
