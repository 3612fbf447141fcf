import type { IncomingMessage, ServerResponse } from 'node:http'
import { matchResource } from '@headrace/s3'

const livePath = '/-/live'
const readyPath = '/-/ready'

/**
 * Whether a request asks for `/-/live` or `/-/ready`. `-` can be no bucket, so nobody's objects are hidden by them; where
 * the host names the bucket, they are keys like any other.
 */
export function isAboutHealth({ method, url, headers }: IncomingMessage, domains: readonly string[]): boolean {
  if (url !== livePath && url !== readyPath) return false
  if (method !== 'GET' && method !== 'HEAD') return false
  return !matchResource(headers.host ?? '', url, domains).isHosted
}

/** On the S3 port and on the admin port. */
export function answerHealth({ url }: IncomingMessage, response: ServerResponse, isReady: () => boolean): void {
  const isWell = url === livePath || isReady()
  const text = isWell ? 'ok\n' : 'not ready\n'
  const headers = { 'content-type': 'text/plain', 'content-length': text.length, 'cache-control': 'no-store' }
  response.writeHead(isWell ? 200 : 503, headers).end(text)
}
