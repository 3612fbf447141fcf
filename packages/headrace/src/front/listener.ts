import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { encodeError, S3Error, type S3ErrorCode } from '@headrace/s3'
import { serverLimits } from '../core/limits.ts'
import { type FrontOptions, RequestHandler } from './handle-request.ts'
import { answerHealth, isAboutHealth } from './health.ts'
import { Pipelines } from './pipelines.ts'
import { requestIds } from './request-id.ts'
import { RequestState } from './request-state.ts'

export interface ListenerOptions extends Omit<FrontOptions, 'isTls'> {
  /** PEM texts; absent for plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
  /** Whether requests are served, for `/-/ready`. */
  readonly isReady: () => boolean
}

/** The HTTP server of the S3 endpoint. It is not listening yet. */
export function createListener(options: ListenerOptions): Server {
  const { runtime, tls } = options
  const handler = new RequestHandler({ ...options, isTls: tls !== undefined })
  const nextRequestId = requestIds(runtime.random)
  const pipelines = new Pipelines()
  const serve = (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) => {
    if (isAboutHealth(request, options.domains)) return answerHealth(request, response, options.isReady)
    const state = new RequestState(request, response, {
      requestId: nextRequestId(),
      startedMs: runtime.clock.monotonic(),
      nowMs: runtime.clock.now(),
      expectsContinue,
    })
    pipelines.add(state, () => {
      handler.handle(state).catch((error) => {
        runtime.events.log.error({ err: error, requestId: state.requestId }, 'a reply could not be sent')
        response.destroy()
      })
    })
  }
  const settings = {
    maxHeaderSize: serverLimits.headerBytesMax,
    headersTimeout: serverLimits.headersTimeoutMs,
    // Uploads take as long as they take: what counts is that bytes come (`timeout` below).
    requestTimeout: 0,
    keepAliveTimeout: serverLimits.keepAliveTimeoutMs,
    connectionsCheckingInterval: 5_000,
    noDelay: true,
    // A Host header is demanded of HTTP/1.1, but an old probe without one deserves an answer all the same.
    requireHostHeader: false,
  }
  const server = (tls === undefined ? createServer(settings) : createTlsServer({ ...settings, ...tls })) as Server
  server.timeout = serverLimits.stallTimeoutMs
  // A client that closes its sending half still gets the reply to what it sent.
  ;(server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true
  server.on('request', (request, response) => serve(request, response, false))
  server.on('checkContinue', (request, response) => serve(request, response, true))
  // An expectation other than 100-continue is none of ours (RFC 9110, section 10.1.1): the request is served.
  server.on('checkExpectation', (request, response) => serve(request, response, false))
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // Nothing foreign is written into a reply that is under way.
    if (!pipelines.end(socket)) refuseMalformed(error, socket, nextRequestId())
  })
  return server
}

const malformed: Readonly<Record<string, S3ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'RequestHeaderSectionTooLarge',
  ERR_HTTP_REQUEST_TIMEOUT: 'RequestTimeout',
}

/** Answers what is not HTTP, as far as the connection still can. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Socket, requestId: string): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const refusal = new S3Error(malformed[error.code ?? ''] ?? 'BadRequest')
  const { status, document = '' } = encodeError(refusal, { requestId, resource: '', hasBody: true })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/xml',
    `content-length: ${Buffer.byteLength(document)}`,
    `x-amz-request-id: ${requestId}`,
    'server: Headrace',
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${document}`)
}
