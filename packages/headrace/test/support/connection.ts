import { connect, type Socket } from 'node:net'
import { headersOf, type RequestOptions } from './requests.ts'

/** One answer as it came over the wire. */
export interface Answer {
  readonly status: number
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly text: string
}

/** What a request is on the wire. */
export function requestBytes(port: number, options: RequestOptions): Buffer {
  const { method = 'GET', target, body = '' } = options
  const headers = headersOf(port, options)
  let head = `${method} ${target} HTTP/1.1\r\n`
  for (let at = 0; at < headers.length; at += 2) head += `${headers[at]}: ${headers[at + 1]}\r\n`
  return Buffer.concat([Buffer.from(`${head}\r\n`, 'latin1'), Buffer.from(body as string)])
}

/** A connection that says exactly what the test says, and shows what comes back byte for byte. */
export class Connection {
  readonly socket: Socket
  /** Resolves when the server has closed it, in order or not. */
  readonly closed: Promise<void>
  readonly #port: number
  #pending = Buffer.alloc(0)
  #isClosed = false
  #wake: () => void = () => {}

  constructor(port: number, socket: Socket = connect({ port, host: '127.0.0.1' })) {
    this.#port = port
    this.socket = socket
    this.socket.on('error', () => {})
    this.socket.on('data', (chunk) => {
      this.#pending = Buffer.concat([this.#pending, chunk as Buffer])
      this.#wake()
    })
    this.closed = new Promise((resolve) => {
      const close = () => {
        this.#isClosed = true
        this.#wake()
        resolve()
      }
      this.socket.on('end', close).on('close', close)
    })
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  write(bytes: Uint8Array | string): void {
    this.socket.write(bytes)
  }

  /** Sends a whole request and waits for its answer. */
  async request(options: RequestOptions): Promise<Answer> {
    this.write(requestBytes(this.#port, options))
    return await this.answer(options.method)
  }

  /** The next answer that comes; one to HEAD has no body, whatever its headers say. */
  async answer(method = 'GET'): Promise<Answer> {
    const head = (await this.#take((bytes) => endOf(bytes, '\r\n\r\n'))).toString('latin1')
    const [statusLine = '', ...lines] = head.trimEnd().split('\r\n')
    const status = Number(statusLine.split(' ')[1])
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    )
    const isBare = method === 'HEAD' || status === 204 || status === 304 || status < 200
    const size = isBare ? 0 : Number(headers['content-length'] ?? 0)
    const body = await this.#take((bytes) => (bytes.length >= size ? size : undefined))
    return { status, headers, body, text: body.toString() }
  }

  /** What has come and was not read yet. */
  get unread(): Buffer {
    return this.#pending
  }

  destroy(): void {
    this.socket.destroy()
  }

  async #take(sizeOf: (bytes: Buffer) => number | undefined): Promise<Buffer> {
    for (;;) {
      const size = sizeOf(this.#pending)
      if (size !== undefined) {
        const taken = this.#pending.subarray(0, size)
        this.#pending = this.#pending.subarray(size)
        return taken
      }
      if (this.#isClosed) throw new Error(`the connection was closed after: ${this.#pending.toString('latin1')}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

function endOf(bytes: Buffer, mark: string): number | undefined {
  const at = bytes.indexOf(mark)
  return at < 0 ? undefined : at + mark.length
}

/** One request on a connection of its own. */
export async function request(port: number, options: RequestOptions): Promise<Answer> {
  const connection = new Connection(port)
  try {
    return await connection.request(options)
  } finally {
    connection.destroy()
  }
}
