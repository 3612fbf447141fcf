import type { ServerResponse } from 'node:http'
import { type ByteSink, encodeError, type ObjectReader, type Reply, S3Error } from '@headrace/s3'
import { serverLimits } from '../core/limits.ts'
import type { Clock } from '../core/runtime.ts'
import { hasUnreadBody } from './request-body.ts'
import type { RequestState } from './request-state.ts'

/** Headers of every reply, as names and values in turn. */
function commonHeaders({ requestId }: RequestState): string[] {
  return ['x-amz-request-id', requestId, 'server', 'Headrace']
}

function noteFirstByte(state: RequestState, clock: Clock): void {
  state.firstByteMs = clock.monotonic() - state.startedMs
}

/** Sends a reply that is no more than a document, or less. */
export function sendReply(state: RequestState, { status, headers, document }: Reply, clock: Clock): void {
  const { response } = state
  const all = [...commonHeaders(state), ...headers]
  noteFirstByte(state, clock)
  if (document === undefined) {
    response.writeHead(status, all)
    response.end()
    return
  }
  const bytes = Buffer.from(document, 'utf8')
  all.push('content-length', String(bytes.length))
  state.bytesOut = bytes.length
  response.writeHead(status, all)
  response.end(bytes)
}

/**
 * Sends the bytes of an object, as fast as the client takes them. The head goes with the first of them: until then, what
 * cannot be read is answered with an error as everything else is.
 */
export async function sendObject(state: RequestState, reply: Reply, reader: ObjectReader, clock: Clock): Promise<void> {
  const { response } = state
  const { info, selection } = reader
  const bytes = selection === undefined ? info.sizeBytes : selection.last - selection.first + 1
  const begin = () => {
    noteFirstByte(state, clock)
    response.writeHead(reply.status, [...commonHeaders(state), ...reply.headers])
  }
  if (bytes === 0) {
    begin()
    response.end()
    return
  }
  const sink = new ResponseSink(state, bytes, begin)
  await reader.readInto(sink)
  // A body that is too short must not look complete: the client sees the connection break.
  if (sink.leftBytes > 0) throw new Error(`the store delivered ${sink.leftBytes} bytes too few`)
}

/** What a socket takes in one call, as long as its client reads at all. */
const oneWriteBytesMax = 64 * 1024

/** Writes to the client. A chunk is done with when the socket has taken it, since its memory is used again then. */
class ResponseSink implements ByteSink {
  readonly #state: RequestState
  readonly #response: ServerResponse
  readonly #begin: () => void
  #leftBytes: number

  constructor(state: RequestState, bytes: number, begin: () => void) {
    this.#state = state
    this.#response = state.response
    this.#begin = begin
    this.#leftBytes = bytes
  }

  get leftBytes(): number {
    return this.#leftBytes
  }

  write(chunk: Uint8Array): Promise<void> {
    if (this.#response.destroyed) return Promise.reject(clientIsGone())
    if (!this.#response.headersSent) this.#begin()
    this.#state.bytesOut += chunk.length
    this.#leftBytes -= chunk.length
    return new Promise((resolve, reject) => {
      const response = this.#response
      const gone = () => reject(clientIsGone())
      response.once('close', gone)
      const isLast = this.#leftBytes === 0
      // A server that stops closes connections whose replies have ended, whether all of their bytes are out or not: so
      // the end comes after the bytes, but for those that leave in one piece.
      const endsAtOnce = isLast && chunk.length <= oneWriteBytesMax
      const done = (error?: Error | null) => {
        response.off('close', gone)
        if (error) return gone()
        if (isLast && !endsAtOnce) response.end()
        resolve()
      }
      if (endsAtOnce) response.end(chunk, done as () => void)
      else response.write(chunk, done)
    })
  }
}

function clientIsGone(): S3Error {
  return new S3Error('RequestTimeout', { origin: 'connection', message: 'The client is gone.' })
}

/**
 * The one place where failures become replies. When the reply has begun, the connection is destroyed: the client must
 * not take what it has for the whole.
 */
export function sendError(state: RequestState, error: S3Error, resource: string, clock: Clock): void {
  const { request, response } = state
  state.errorCode = error.code
  if (response.headersSent) {
    response.destroy()
    return
  }
  const hasBody = request.method !== 'HEAD'
  const reply = encodeError(error, { requestId: state.requestId, resource, hasBody })
  // A client that was not told to send its body may send it or not, and one that was too slow may never end: the
  // connection cannot be used again.
  if (state.expectsContinue || (error.code === 'RequestTimeout' && hasUnreadBody(request))) {
    return sendReply(state, { ...reply, headers: [...reply.headers, 'connection', 'close'] }, clock)
  }
  // Node reads what little is left of the body and throws it away, and the connection can be used again: unless the
  // client has said that it will not, for then Node closes with the reply.
  const isShort = Number(request.headers['content-length']) <= serverLimits.discardToReuseBytesMax
  const comesMore = hasUnreadBody(request) && !state.isBodyCut
  if (!comesMore || (isShort && response.shouldKeepAlive)) return sendReply(state, reply, clock)
  sendBeforeBodyEnds(state, reply, clock)
}

/**
 * Answers a client that is still sending. Closing at once would reset the connection, and many clients would never see
 * the reply; so the rest of the body is read and thrown away, for some time.
 */
function sendBeforeBodyEnds(state: RequestState, { status, headers, document = '' }: Reply, clock: Clock): void {
  const { request, response } = state
  const bytes = Buffer.from(document)
  const all = [...commonHeaders(state), ...headers, 'content-length', String(bytes.length), 'connection', 'close']
  noteFirstByte(state, clock)
  state.bytesOut = bytes.length
  response.writeHead(status, all)
  response.write(bytes)
  const finish = () => {
    stopWaiting()
    stopWatching()
    state.onBodyCut = undefined
    request.off('data', discard)
    response.end()
  }
  let comes = true
  const discard = () => {
    comes = true
  }
  const stopWaiting = clock.after(serverLimits.discardTimeoutMs, finish)
  const stopWatching = clock.every(serverLimits.discardIdleMs, () => {
    if (!comes) finish()
    comes = false
  })
  state.onBodyCut = finish
  request.on('data', discard)
  request.once('end', finish)
  request.once('close', finish)
  request.resume()
}
