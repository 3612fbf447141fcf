import { connect, type Socket } from 'node:net'
import type { PreparedRequest } from './requests.ts'

const readBytes = 1024 * 1024
const headEnd = Buffer.from('\r\n\r\n')

/** Message of the error of a body that is not what was written. */
export const wrongBytes = 'the bytes of the reply are others than were written'

/** A reply as far as it is counted. */
export interface CountedReply {
  readonly status: number
  readonly bodyBytes: number
  /** Of a listing. */
  readonly keys: number
}

/**
 * One connection of the load generator: one request at a time, replies with a content-length or in chunks. It reads into
 * memory of its own and looks at little more than the head, so that it takes a small share of the machine.
 */
export class LoadConnection {
  readonly #socket: Socket
  #request: PreparedRequest | undefined
  #settle: { resolve(reply: CountedReply): void; reject(error: Error): void } | undefined
  #head = Buffer.alloc(0)
  /** Of the body; undefined as long as the head is not complete. */
  #left: number | undefined
  #chunked: Buffer[] | undefined
  #status = 0
  #bodyBytes = 0
  #keys = 0
  #isLast = false
  #requests = 0
  #isAnswered = false
  #isOpen = true

  constructor({ host, port }: { host: string; port: number }) {
    const buffer = Buffer.allocUnsafe(readBytes)
    this.#socket = connect({
      host,
      port,
      noDelay: true,
      onread: {
        buffer,
        callback: (bytes) => {
          this.#take(buffer.subarray(0, bytes))
          return true
        },
      },
    })
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('close', () => this.#fail(new Error('the server closed the connection')))
  }

  /** The server takes no more requests on it. */
  get isLast(): boolean {
    return this.#isLast
  }

  /** The server has not closed it. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /**
   * The last request was not the first, and nothing of its reply came: the server may have closed the connection while the
   * request was on its way, and every HTTP client sends it once more (RFC 9112, section 9.3.1).
   */
  get wasIdleTooLong(): boolean {
    return this.#requests > 1 && !this.#isAnswered
  }

  /** @throws Error when the connection breaks, or the reply is not what it has to be */
  send(request: PreparedRequest): Promise<CountedReply> {
    return new Promise((resolve, reject) => {
      this.#requests += 1
      this.#isAnswered = false
      this.#request = request
      this.#settle = { resolve, reject }
      this.#left = undefined
      this.#chunked = undefined
      this.#bodyBytes = 0
      this.#keys = 0
      if (request.body === undefined) this.#socket.write(request.head)
      else {
        this.#socket.cork()
        this.#socket.write(request.head)
        this.#socket.write(request.body)
        this.#socket.uncork()
      }
    })
  }

  close(): void {
    this.#settle = undefined
    this.#socket.destroy()
  }

  /** Nobody waits for the reply any more: `send` throws this. */
  giveUp(error: Error): void {
    this.#fail(error)
  }

  #take(bytes: Buffer): void {
    this.#isAnswered = true
    if (this.#left === undefined) {
      const all = this.#head.length === 0 ? bytes : Buffer.concat([this.#head, bytes])
      const end = all.indexOf(headEnd)
      if (end < 0) {
        this.#head = Buffer.from(all)
        return
      }
      this.#head = Buffer.alloc(0)
      this.#readHead(all.toString('latin1', 0, end))
      bytes = all.subarray(end + headEnd.length)
    }
    if (this.#chunked !== undefined) return this.#takeChunked(bytes)
    if (bytes.length > (this.#left as number)) return this.#fail(new Error('bytes follow the reply'))
    const { expected } = this.#request as PreparedRequest
    const isAsExpected = expected?.subarray(this.#bodyBytes, this.#bodyBytes + bytes.length).equals(bytes) ?? true
    if (this.#status === 200 && !isAsExpected) return this.#fail(new Error(wrongBytes))
    this.#left = (this.#left as number) - bytes.length
    this.#bodyBytes += bytes.length
    if (this.#request?.replyBytes === undefined) this.#keys += count(bytes, '<Contents>')
    if (this.#left === 0) this.#finish()
  }

  #readHead(head: string): void {
    this.#status = Number(head.slice(9, 12))
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    this.#left = this.#request?.isHead ? 0 : Number(length ?? 0)
    this.#isLast = /\r\nconnection: *close/i.test(head)
    if (length === undefined && /\r\ntransfer-encoding: *chunked/i.test(head)) this.#chunked = []
  }

  /** Chunks are for listings of other servers; whole is good enough. */
  #takeChunked(bytes: Buffer): void {
    this.#chunked?.push(Buffer.from(bytes))
    const all = Buffer.concat(this.#chunked ?? [])
    if (!all.subarray(-7).equals(Buffer.from('\r\n0\r\n\r\n'))) return
    this.#bodyBytes = all.length
    this.#keys = count(all, '<Contents>')
    this.#finish()
  }

  #finish(): void {
    const { statuses, replyBytes } = this.#request as PreparedRequest
    if (!statuses.includes(this.#status)) return this.#fail(new Error(`the reply has status ${this.#status}`))
    if (replyBytes !== undefined && replyBytes !== this.#bodyBytes) {
      return this.#fail(new Error(`the reply has ${this.#bodyBytes} bytes, not ${replyBytes}`))
    }
    const settle = this.#settle
    this.#settle = undefined
    settle?.resolve({ status: this.#status, bodyBytes: this.#bodyBytes, keys: this.#keys })
  }

  #fail(error: Error): void {
    this.#isOpen = false
    const settle = this.#settle
    this.#settle = undefined
    this.#socket.destroy()
    settle?.reject(error)
  }
}

function count(bytes: Buffer, what: string): number {
  let found = 0
  for (let at = bytes.indexOf(what); at >= 0; at = bytes.indexOf(what, at + what.length)) found += 1
  return found
}
