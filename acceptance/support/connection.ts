import { readFileSync } from 'node:fs'
import net from 'node:net'
import tls from 'node:tls'
import type { Endpoint } from './endpoint.ts'

export interface Reply {
  /** 100 for an interim reply, which has no body. */
  readonly status: number
  /** `HTTP/1.1` */
  readonly version: string
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Buffer
}

export interface ConnectionOptions {
  /** Whether this end stays open for writing when the other has closed; not over TLS. */
  readonly allowHalfOpen?: boolean
  /** The request was HEAD, whose replies announce a length and have no body. */
  readonly isHead?: boolean
}

const replyTimeoutMs = 30_000

/** No reply came, and the connection was not closed either. */
export class SilenceError extends Error {}

/** A raw connection to the server: what is sent is what a test says, right or wrong. */
export class Connection {
  readonly socket: net.Socket
  readonly #isHead: boolean
  /** Holds what came in its first bytes, and grows by doubling. */
  #buffer = Buffer.alloc(0)
  #length = 0
  #isClosed = false
  #waiting: (() => void) | undefined

  private constructor(socket: net.Socket, isHead: boolean) {
    this.socket = socket
    this.#isHead = isHead
    socket.on('data', (chunk: Buffer) => {
      this.#append(chunk)
      this.#waiting?.()
    })
    const close = () => {
      this.#isClosed = true
      this.#waiting?.()
    }
    socket.on('end', close)
    socket.on('close', close)
    socket.on('error', close)
  }

  static async open(endpoint: Endpoint, options: ConnectionOptions = {}): Promise<Connection> {
    const { host, port, certificate } = endpoint
    const { allowHalfOpen = false, isHead = false } = options
    const socket =
      certificate === undefined
        ? net.connect({ host, port, allowHalfOpen, noDelay: true })
        : tls.connect({ host, port, ca: readFileSync(certificate) })
    await new Promise<void>((resolve, reject) => {
      socket.once(certificate === undefined ? 'connect' : 'secureConnect', resolve)
      socket.once('error', reject)
    })
    return new Connection(socket, isHead)
  }

  /** What came and was not taken as a reply yet. */
  get received(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  /** Whether the other end has closed the connection, or said that it sends no more. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Resolves when the system has taken the bytes, or will never take them: how it went shows in the reply. */
  send(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      if (this.socket.destroyed) return resolve()
      this.socket.once('close', resolve)
      this.socket.write(data, () => {
        this.socket.off('close', resolve)
        resolve()
      })
    })
  }

  /**
   * The next reply.
   * @throws SilenceError when the time is up, and Error when the connection is closed, before the reply is whole
   */
  async reply(timeoutMs = replyTimeoutMs): Promise<Reply> {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      const parsed = parseReply(this.received, { isHead: this.#isHead, isClosed: this.#isClosed })
      if (parsed !== undefined) {
        this.#buffer.copyWithin(0, parsed.bytes, this.#length)
        this.#length -= parsed.bytes
        return parsed.reply
      }
      const seen = JSON.stringify(this.received.subarray(0, 200).toString('latin1'))
      if (this.#isClosed) throw new Error(`the connection was closed before a whole reply came; it sent ${seen}`)
      if (performance.now() > deadline) {
        throw new SilenceError(`no whole reply within ${timeoutMs} ms; there came ${seen}`)
      }
      await this.#change(deadline - performance.now())
    }
  }

  /** @returns whether the other end closed the connection in time */
  async closes(timeoutMs = replyTimeoutMs): Promise<boolean> {
    const deadline = performance.now() + timeoutMs
    while (!this.#isClosed && performance.now() < deadline) await this.#change(deadline - performance.now())
    return this.#isClosed
  }

  destroy(): void {
    this.socket.destroy()
  }

  #append(chunk: Buffer): void {
    const length = this.#length + chunk.length
    if (length > this.#buffer.length) this.#buffer = Buffer.concat([this.#buffer, Buffer.alloc(length)])
    this.#length += chunk.copy(this.#buffer, this.#length)
  }

  #change(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, timeoutMs))
      this.#waiting = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

/** @returns undefined as long as the reply is not whole */
function parseReply(
  bytes: Buffer,
  { isHead, isClosed }: { isHead: boolean; isClosed: boolean },
): { reply: Reply; bytes: number } | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n')
  const [version = '', status = ''] = first.split(' ')
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
  const body = readBody(bytes.subarray(end + 4), { headers, status: Number(status), isHead, isClosed })
  if (body === undefined) return undefined
  return { reply: { status: Number(status), version, headers, body: body.content }, bytes: end + 4 + body.bytes }
}

interface BodyOptions {
  readonly headers: ReadonlyMap<string, string>
  readonly status: number
  readonly isHead: boolean
  readonly isClosed: boolean
}

/** RFC 9112, section 6.3: how long a body is. */
function readBody(
  bytes: Buffer,
  { headers, status, isHead, isClosed }: BodyOptions,
): { content: Buffer; bytes: number } | undefined {
  if (isHead || status < 200 || status === 204 || status === 304) return { content: Buffer.alloc(0), bytes: 0 }
  if (headers.get('transfer-encoding') === 'chunked') return readChunked(bytes)
  const length = headers.get('content-length')
  if (length === undefined) return isClosed ? { content: bytes, bytes: bytes.length } : undefined
  const size = Number(length)
  return bytes.length < size ? undefined : { content: Buffer.from(bytes.subarray(0, size)), bytes: size }
}

function readChunked(bytes: Buffer): { content: Buffer; bytes: number } | undefined {
  const chunks: Buffer[] = []
  let at = 0
  for (;;) {
    const line = bytes.indexOf('\r\n', at)
    if (line < 0) return undefined
    const size = Number.parseInt(bytes.subarray(at, line).toString('latin1'), 16)
    const begin = line + 2
    if (bytes.length < begin + size + 2) return undefined
    chunks.push(bytes.subarray(begin, begin + size))
    at = begin + size + 2
    if (size === 0) return { content: Buffer.concat(chunks), bytes: at }
  }
}
