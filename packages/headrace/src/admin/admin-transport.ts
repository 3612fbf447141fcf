import { type ClientRequest, request as httpRequest, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { type Credentials, sha256Hex, signRequest } from '@headrace/s3'
import type { Clock } from '../core/runtime.ts'

export interface ApiRequest {
  readonly method: string
  /** Path and query, percent-encoded. */
  readonly target: string
  /** A JSON document. */
  readonly body: string | undefined
}

/**
 * Sends one request to the admin API.
 * @throws the system's error when there is no connection
 */
export type Transport = (request: ApiRequest) => Promise<{ status: number; text: string }>

/** No reply is larger: pages and reports are cut at the server. */
const replyBytesMax = 256 * 1024 * 1024
/** Between two bytes of a reply. Planning looks at many rows before it says a word. */
const silenceMsMax = 10 * 60_000
/** Signatures are good for any region; this one is only a word in them. */
const region = 'us-east-1'

/** By the socket on a drive, as the user of the server. */
export function socketTransport(socketPath: string): Transport {
  return ({ method, target, body }) => {
    const headers = ['host', 'localhost', ...bodyHeaders(body)]
    return exchange(httpRequest, { socketPath, method, path: target, headers }, body)
  }
}

export interface EndpointOptions {
  /** Such as http://127.0.0.1:9001; nothing behind the port. */
  readonly endpoint: URL
  /** The root owner's. */
  readonly credentials: Credentials
  readonly clock: Pick<Clock, 'now'>
}

/** By the admin port, signed. */
export function endpointTransport({ endpoint, credentials, clock }: EndpointOptions): Transport {
  const isTls = endpoint.protocol === 'https:'
  return ({ method, target, body }) => {
    const { headers } = signRequest(
      { method, target, headers: ['host', endpoint.host, ...bodyHeaders(body)], payloadHash: sha256Hex(body ?? '') },
      { credentials, region, nowMs: clock.now() },
    )
    const host = endpoint.hostname.replace(/^\[|\]$/g, '')
    const options = { host, port: endpoint.port || undefined, method, path: target, headers }
    return exchange(isTls ? httpsRequest : httpRequest, options, body)
  }
}

function bodyHeaders(body: string | undefined): string[] {
  return body === undefined
    ? []
    : ['content-type', 'application/json', 'content-length', String(Buffer.byteLength(body))]
}

async function exchange(
  send: (options: RequestOptions) => ClientRequest,
  options: RequestOptions,
  body: string | undefined,
): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>()
  const request = send({ ...options, agent: false, timeout: silenceMsMax })
  request.on('error', reject)
  request.on('timeout', () => request.destroy(new Error(`the server said nothing for ${silenceMsMax / 1000} s`)))
  request.on('response', (response) => {
    const chunks: Buffer[] = []
    let bytes = 0
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      bytes += chunk.length
      if (bytes > replyBytesMax) request.destroy(new Error('the reply is too large'))
    })
    response.on('error', reject)
    response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }))
  })
  request.end(body)
  return await promise
}
