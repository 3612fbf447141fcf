import assert from 'node:assert/strict'
import { Connection, type Reply } from './connection.ts'
import type { Endpoint } from './endpoint.ts'
import { authorizationHeader, queryString, type Signature, sha256Hex, signRequest, uriEncode } from './sigv4.ts'

export interface S3Request {
  readonly method: string
  /** Path as it is to be sent, percent-encoded; see `pathOf`. */
  readonly path: string
  readonly query?: readonly (readonly [string, string])[]
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Value of x-amz-content-sha256; by default the hash of the body. */
  readonly payload?: string
  /** When it is said to be signed; by default now. */
  readonly date?: Date
}

/** The path of a bucket or an object. */
export function pathOf(bucket: string, key?: string | Uint8Array): string {
  if (key === undefined) return `/${bucket}`
  return `/${bucket}/${uriEncode(key).replaceAll('%2F', '/')}`
}

/** A signed request's head, up to the empty line, with the signature that chunks continue. */
export function signedHead(endpoint: Endpoint, request: S3Request): { head: string; signature: Signature } {
  const { method, path, query = [], body = '', date = new Date() } = request
  const payload = request.payload ?? sha256Hex(body)
  const headers: Record<string, string> = {
    host: `${endpoint.host}:${endpoint.port}`,
    'x-amz-content-sha256': payload,
    'x-amz-date': date.toISOString().replace(/[-:]|\.\d+/g, ''),
    ...request.headers,
  }
  if (method !== 'GET' && method !== 'HEAD') headers['content-length'] ??= String(Buffer.byteLength(body))
  const signature = signRequest(endpoint, { method, path, query, headers, payload, date })
  headers.authorization = authorizationHeader(endpoint, signature)
  const target = query.length === 0 ? path : `${path}?${queryString(query)}`
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return { head: `${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, signature }
}

/** Sends one request on a connection of its own and returns the reply. */
export async function request(endpoint: Endpoint, asked: S3Request): Promise<Reply> {
  const { head } = signedHead(endpoint, asked)
  return await exchange(endpoint, [head, Buffer.from(asked.body ?? '')], asked.method === 'HEAD')
}

/** Sends bytes on a connection of their own, text as latin1, and returns the reply. */
export async function exchange(
  endpoint: Endpoint,
  parts: readonly (string | Uint8Array)[],
  isHead = false,
): Promise<Reply> {
  const connection = await Connection.open(endpoint, { isHead })
  try {
    const bytes = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)))
    // The reply may come before everything is sent.
    const sent = connection.send(bytes)
    const reply = await connection.reply()
    connection.destroy()
    await sent
    return reply
  } finally {
    connection.destroy()
  }
}

export async function createBucket(endpoint: Endpoint, bucket: string): Promise<void> {
  assert.equal((await request(endpoint, { method: 'PUT', path: pathOf(bucket) })).status, 200)
}

export async function putObject(
  endpoint: Endpoint,
  bucket: string,
  key: string | Uint8Array,
  body: string | Uint8Array,
): Promise<Reply> {
  return await request(endpoint, { method: 'PUT', path: pathOf(bucket, key), body })
}

export async function getObject(endpoint: Endpoint, bucket: string, key: string | Uint8Array): Promise<Reply> {
  return await request(endpoint, { method: 'GET', path: pathOf(bucket, key) })
}

/** All keys of a bucket, in the order in which they are listed. */
export async function listKeys(endpoint: Endpoint, bucket: string): Promise<string[]> {
  const keys: string[] = []
  let token: string | undefined
  do {
    const query: [string, string][] = [
      ['encoding-type', 'url'],
      ['list-type', '2'],
    ]
    if (token !== undefined) query.unshift(['continuation-token', token])
    const reply = await request(endpoint, { method: 'GET', path: pathOf(bucket), query })
    assert.equal(reply.status, 200, reply.body.toString())
    const document = reply.body.toString()
    for (const [, key = ''] of document.matchAll(/<Key>([^<]*)<\/Key>/g)) {
      keys.push(decodeURIComponent(key.replaceAll('+', ' ')))
    }
    token = /<NextContinuationToken>([^<]*)</.exec(document)?.[1]
  } while (token !== undefined)
  return keys
}

/** Asserts that a reply is a failure as S3 writes it, with this status and this code. */
export function assertRefused(reply: Reply, status: number, code: string): void {
  const text = reply.body.toString()
  assert.equal(`${reply.status} ${/<Code>(.*?)<\/Code>/.exec(text)?.[1]}`, `${status} ${code}`, text)
  assert.match(text, /^<\?xml[^>]*>\s*<Error>.*<RequestId>[^<]+<\/RequestId>.*<\/Error>\s*$/s)
}
