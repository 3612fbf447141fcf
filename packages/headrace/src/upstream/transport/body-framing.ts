import { ChunkedDecoder } from './chunked-decoder.ts'
import { MalformedReply, quote, type ReplyHead } from './reply-head.ts'

/** Bytes as they came, and how far they have been looked at. */
export interface ReadWindow {
  bytes: Buffer
  at: number
}

/** Finds the bytes of a body among those of a connection. */
export interface BodyFraming {
  /** The last byte has been found. */
  readonly isDone: boolean
  /** Of the body, without framing; undefined when it comes in chunks, or ends with the connection. */
  readonly sizeBytes: number | undefined
  /** The body ends where the connection does. */
  readonly endsWithConnection: boolean
  /**
   * The next bytes of the body in the window, which is moved on; undefined when it has no more of them.
   * @throws MalformedReply
   */
  next(window: ReadWindow): Buffer | undefined
}

/**
 * How the body of a reply is delimited (RFC 9112, section 6.3). What two readers could understand in two ways is refused.
 * @throws MalformedReply
 */
export function framingOf({ status, headers, minorVersion }: ReplyHead, method: string): BodyFraming {
  const coding = headers.get('transfer-encoding')
  const length = headers.get('content-length')
  if (coding !== undefined) {
    if (length !== undefined) throw new MalformedReply('the reply has a content-length and a transfer-encoding')
    if (coding.toLowerCase() !== 'chunked') throw new MalformedReply(`unknown transfer-encoding: ${quote(coding)}`)
    if (minorVersion === 0) throw new MalformedReply('a reply of HTTP/1.0 has a transfer-encoding')
  }
  const sizeBytes = length === undefined ? undefined : parseContentLength(length)
  if (method === 'HEAD' || status === 204 || status === 304) return new LengthFraming(0)
  if (coding !== undefined) return new ChunkedDecoder()
  return sizeBytes === undefined ? new ConnectionFraming() : new LengthFraming(sizeBytes)
}

const contentLength = /^\d{1,15}$/

/** One that was sent several times with the same value is one (RFC 9110, section 8.6). */
function parseContentLength(value: string): number {
  if (contentLength.test(value)) return Number(value)
  const [first = '', ...more] = value.split(',').map((one) => one.trim())
  if (!contentLength.test(first)) throw new MalformedReply(`no content-length: ${quote(value)}`)
  if (more.some((one) => one !== first)) throw new MalformedReply(`conflicting content-length: ${quote(value)}`)
  return Number(first)
}

class LengthFraming implements BodyFraming {
  readonly sizeBytes: number
  readonly endsWithConnection = false
  #leftBytes: number

  constructor(sizeBytes: number) {
    this.sizeBytes = sizeBytes
    this.#leftBytes = sizeBytes
  }

  get isDone(): boolean {
    return this.#leftBytes === 0
  }

  next(window: ReadWindow): Buffer | undefined {
    const { bytes, at } = window
    const count = Math.min(this.#leftBytes, bytes.length - at)
    if (count === 0) return undefined
    this.#leftBytes -= count
    window.at += count
    return bytes.subarray(at, at + count)
  }
}

class ConnectionFraming implements BodyFraming {
  readonly isDone = false
  readonly sizeBytes = undefined
  readonly endsWithConnection = true

  next(window: ReadWindow): Buffer | undefined {
    const { bytes, at } = window
    if (at === bytes.length) return undefined
    window.at = bytes.length
    return bytes.subarray(at)
  }
}
