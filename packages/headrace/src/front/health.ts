import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * Answers `/-/live` and `/-/ready`, on the S3 port and on the admin port. `-` can be no bucket, so nobody's objects are
 * hidden by them.
 * @returns false when the request is about something else
 */
export function answerHealth(request: IncomingMessage, response: ServerResponse, isReady: () => boolean): boolean {
  const path = request.url
  if (path !== '/-/live' && path !== '/-/ready') return false
  const isWell = path === '/-/live' || isReady()
  response.writeHead(isWell ? 200 : 503, { 'content-type': 'text/plain', 'cache-control': 'no-store' })
  response.end(isWell ? 'ok\n' : 'not ready\n')
  return true
}
