import { createHash } from 'node:crypto'
import { type Credentials, SigningKeyCache, signRequest } from '@headrace/s3'
import { listPageKeys, type Row } from '../rows.ts'

/** One request, ready to be written to a socket, and what its reply has to be. */
export interface PreparedRequest {
  readonly head: Buffer
  readonly body: Buffer | undefined
  readonly statuses: readonly number[]
  /** Bytes of the reply's body; undefined where that depends, as with a listing. */
  readonly replyBytes: number | undefined
  /** What every byte of the reply's body has to be, where that is checked. */
  readonly expected?: Buffer | undefined
  readonly isHead: boolean
}

export interface Endpoint {
  readonly host: string
  readonly port: number
  /** Absent where requests are not signed. */
  readonly credentials?: Credentials | undefined
  readonly bucket: string
}

/** Larger bodies are sent as UNSIGNED-PAYLOAD, as SDKs do over TLS: hashing them is the client's work, not the server's. */
const signedPayloadBytesMax = 64 * 1024

/** Makes requests before the clock runs, so that the load generator's own work is little more than sockets. */
export class RequestMaker {
  readonly #endpoint: Endpoint
  readonly #nowMs: number
  readonly #signingKeys = new SigningKeyCache()

  constructor(endpoint: Endpoint, nowMs: number) {
    this.#endpoint = endpoint
    this.#nowMs = nowMs
  }

  put(key: string, body: Buffer): PreparedRequest {
    const payloadHash =
      body.length <= signedPayloadBytesMax ? createHash('sha256').update(body).digest('hex') : 'UNSIGNED-PAYLOAD'
    const head = this.#head('PUT', this.#target(key), ['content-length', String(body.length)], payloadHash)
    return { head, body, statuses: this.#endpoint.credentials ? [200] : [201, 204], replyBytes: 0, isHead: false }
  }

  /** @param expected the bytes of the object, where each is to be checked */
  get(key: string, replyBytes: number, expected?: Buffer): PreparedRequest {
    const head = this.#head('GET', this.#target(key))
    return { head, body: undefined, statuses: [200], replyBytes, expected, isHead: false }
  }

  head(key: string): PreparedRequest {
    return {
      head: this.#head('HEAD', this.#target(key)),
      body: undefined,
      statuses: [200],
      replyBytes: 0,
      isHead: true,
    }
  }

  range(key: string, first: number, bytes: number): PreparedRequest {
    const head = this.#head('GET', this.#target(key), ['range', `bytes=${first}-${first + bytes - 1}`])
    return { head, body: undefined, statuses: [206], replyBytes: bytes, isHead: false }
  }

  /** A page of the listing that begins behind a key. */
  list(prefix: string, startAfter: string): PreparedRequest {
    const query = `list-type=2&max-keys=${listPageKeys}&prefix=${encodeURIComponent(prefix)}&start-after=${encodeURIComponent(startAfter)}`
    const head = this.#head('GET', `/${this.#endpoint.bucket}?${query}`)
    return { head, body: undefined, statuses: [200], replyBytes: undefined, isHead: false }
  }

  createBucket(): PreparedRequest {
    const head = this.#head('PUT', `/${this.#endpoint.bucket}`, ['content-length', '0'])
    return { head, body: undefined, statuses: [200], replyBytes: undefined, isHead: false }
  }

  #target(key: string): string {
    return `/${this.#endpoint.bucket}/${key}`
  }

  #head(method: string, target: string, more: readonly string[] = [], payloadHash = 'UNSIGNED-PAYLOAD'): Buffer {
    const { host, port, credentials } = this.#endpoint
    const plain = ['host', `${host}:${port}`, ...more]
    const headers =
      credentials === undefined
        ? plain
        : signRequest(
            { method, target, headers: plain, payloadHash },
            { credentials, region: 'us-east-1', nowMs: this.#nowMs, signingKeys: this.#signingKeys },
          ).headers
    let text = `${method} ${target} HTTP/1.1\r\n`
    for (let at = 0; at < headers.length; at += 2) text += `${headers[at]}: ${headers[at + 1]}\r\n`
    return Buffer.from(`${text}\r\n`)
  }
}

export function objectKey(row: Row, number: number): string {
  return `${row.name}/${String(number).padStart(8, '0')}`
}

/**
 * Requests of a row, one after the other, for ever.
 * @param random at least 0, below 1
 * @param writes prepared ahead for `put`: more than will be sent, so that each makes a new object
 */
export function requestsOf(
  row: Row,
  maker: RequestMaker,
  { random, writes, round }: { random: () => number; writes: number; round: string },
): () => PreparedRequest {
  const prepared = prepare(row, maker, { random, writes, round })
  let next = 0
  if (row.operation === 'put' || row.operation === 'list') {
    return () => prepared[next++ % prepared.length] as PreparedRequest
  }
  return () => prepared[Math.floor(random() * prepared.length)] as PreparedRequest
}

function prepare(
  row: Row,
  maker: RequestMaker,
  { random, writes, round }: { random: () => number; writes: number; round: string },
): PreparedRequest[] {
  const { sizeBytes, rangeBytes = 0 } = row
  const each = <T>(count: number, make: (number: number) => T) =>
    Array.from({ length: count }, (_, number) => make(number))
  switch (row.operation) {
    case 'put': {
      const body = seededBytes(sizeBytes)
      return each(writes, (number) => maker.put(`${row.name}/${round}/${number}`, body))
    }
    case 'get':
      return each(row.objects, (number) => maker.get(objectKey(row, number), sizeBytes))
    case 'head':
      return each(row.objects, (number) => maker.head(objectKey(row, number)))
    case 'range':
      return each(2000, (number) => {
        const first = Math.floor(random() * (sizeBytes / rangeBytes)) * rangeBytes
        return maker.range(objectKey(row, number % row.objects), first, rangeBytes)
      })
    case 'list':
      return each(Math.ceil(row.objects / listPageKeys), (page) =>
        maker.list(`${row.name}/`, page === 0 ? '' : objectKey(row, page * listPageKeys - 1)),
      )
  }
}

/** Bytes that do not compress, the same every time. */
export function seededBytes(count: number): Buffer {
  const bytes = Buffer.allocUnsafe(count)
  let state = 0x9e3779b9
  for (let at = 0; at + 4 <= count; at += 4) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes.writeInt32LE(state, at)
  }
  return bytes
}
