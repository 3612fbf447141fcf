import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import {
  type Body,
  type BodyChecks,
  type BodySummary,
  BodyVerifier,
  type BodyWants,
  type ByteSink,
  limits,
  S3Error,
} from '@headrace/s3'
import { serverLimits } from '../core/limits.ts'
import type { Clock } from '../core/runtime.ts'
import type { RequestState } from './request-state.ts'

/** The body of a request as the operations see it: verified as it streams, and readable once. */
export function requestBody(state: RequestState, checks: BodyChecks, clock: Clock): Body {
  return {
    sizeBytes: checks.sizeBytes,
    checksum: checks.checksum,
    isUnprotected: isUnprotected(state, checks),
    replayable: false,
    async readInto(sink: ByteSink, wants?: BodyWants): Promise<BodySummary> {
      const verifier = new BodyVerifier(checks, sink, wants)
      await pump(state, verifier, clock)
      return verifier.finish()
    },
  }
}

function isUnprotected({ request }: RequestState, { payload, md5, checksum }: BodyChecks): boolean {
  const isTls = (request.socket as Partial<TLSSocket> | undefined)?.encrypted === true
  return !isTls && payload.kind === 'unsigned' && md5 === undefined && checksum === undefined
}

/** Bytes of documents that this process is receiving. */
let documentBytesUnderWay = 0

/**
 * Reads a document that is small enough to be kept in memory.
 * @throws S3Error SlowDown when too much of the memory is taken by others
 */
export async function readDocument(state: RequestState, checks: BodyChecks, clock: Clock): Promise<Uint8Array> {
  const bytes = checks.sizeBytes ?? limits.documentBytesMax
  if (documentBytesUnderWay + bytes > serverLimits.documentBytesUnderWayMax) {
    throw new S3Error('SlowDown', {
      headers: { 'retry-after': '1' },
      details: { Reason: 'Too many documents at once.' },
    })
  }
  documentBytesUnderWay += bytes
  try {
    return await collectDocument(state, checks, clock)
  } finally {
    documentBytesUnderWay -= bytes
  }
}

async function collectDocument(state: RequestState, checks: BodyChecks, clock: Clock): Promise<Uint8Array> {
  const bytesMax = limits.documentBytesMax
  const tooLarge = () =>
    new S3Error('MaxMessageLengthExceeded', { details: { MaxMessageLengthBytes: String(bytesMax) } })
  if ((checks.sizeBytes ?? 0) > bytesMax) throw tooLarge()
  const chunks: Buffer[] = []
  let bytes = 0
  await requestBody(state, checks, clock).readInto({
    write(chunk) {
      bytes += chunk.length
      if (bytes > bytesMax) throw tooLarge()
      chunks.push(Buffer.from(chunk))
      return undefined
    },
  })
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
}

/** Tells a client that waits for it to send the body. */
export function beginBody(state: RequestState): void {
  if (!state.expectsContinue || state.response.headersSent) return
  state.expectsContinue = false
  state.response.writeContinue()
}

/**
 * Passes the bytes of a request on as they come. While the sink is busy, nothing is read from the socket, and when it is
 * over, the sink is not busy any more: whoever cleans up after it must not meet it at work.
 */
export function pump(state: RequestState, sink: ByteSink, clock: Clock): Promise<void> {
  const { request } = state
  beginBody(state)
  return new Promise((resolve, reject) => {
    // The chunk that the sink is busy with; the end of the request waits for it.
    let busy: Promise<void> | undefined
    let bytesBefore = state.bytesIn
    let wasBusy = false
    const stopWatching = clock.every(serverLimits.bodyCheckMs, () => {
      // It is the client that is slow only when nobody else was.
      const isSlow = !wasBusy && busy === undefined && state.bytesIn - bytesBefore < serverLimits.bodyBytesMin
      bytesBefore = state.bytesIn
      wasBusy = busy !== undefined
      if (isSlow) finish(new S3Error('RequestTimeout'))
    })
    const finish = (error?: unknown) => {
      stopWatching()
      state.onBodyCut = undefined
      request.off('data', take).off('end', end).off('close', broken).off('error', broken)
      if (error === undefined) return resolve()
      request.pause()
      reject(error)
    }
    const take = (chunk: Buffer) => {
      state.bytesIn += chunk.length
      try {
        busy = sink.write(chunk)
      } catch (error) {
        return finish(error)
      }
      if (busy === undefined) return release(chunk)
      request.pause()
      busy.then(() => {
        release(chunk)
        busy = undefined
        request.resume()
      }, finish)
    }
    const end = () => {
      if (busy === undefined) finish()
      else busy.then(() => finish(), finish)
    }
    const broken = () => {
      const error = new S3Error('IncompleteBody', {
        origin: 'connection',
        message: 'The client closed the connection before the body was complete.',
      })
      if (busy === undefined) finish(error)
      else busy.then(() => finish(error), finish)
    }
    if (state.isBodyCut || (request.destroyed && !request.readableEnded)) return broken()
    state.onBodyCut = broken
    request.on('data', take).on('end', end).on('close', broken).on('error', broken)
  })
}

/** Smaller ones do not burden the garbage collector. */
const releaseBytesMin = 16 * 1024

/**
 * Frees the memory of a chunk that nobody has any use for. Left to the garbage collector, the chunks of an upload would
 * make it run ten times a second, and each would be a page fault again.
 */
function release({ buffer, length }: Buffer): void {
  if (length >= releaseBytesMin && length === buffer.byteLength) (buffer as ArrayBuffer).transfer(0)
}

/** Whether bytes of the request are still to come. */
export function hasUnreadBody({ headers, readableEnded, complete }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  return hasBody && !readableEnded && !complete
}
