import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net'
import { createServer as createTlsServer, TLSSocket } from 'node:tls'
import { Headers } from '@headrace/s3'
import { type Clock, systemClock } from '../../src/core/runtime.ts'
import type { Test } from '../open-store.ts'
import type { TestCertificate } from './certificates.ts'
import { until } from './waiting.ts'

/** A request as it came to a scripted upstream. */
export interface ReceivedRequest {
  readonly method: string
  readonly target: string
  readonly headers: Headers
  /** Names and values in turn, as they stood on the wire. */
  readonly rawHeaders: readonly string[]
  /** From 0, in the order in which connections were accepted. */
  readonly connection: number
  /** What has come of the body so far, without the framing of HTTP. */
  body: Buffer
  /** All of it has come. */
  isComplete: boolean
}

/** How a connection ends: torn down, closed in order, or open with nothing coming any more. */
export type Ending = 'reset' | 'close' | 'stall'

/** What is sent, and how: every delay is real time, or that of the clock that the upstream was given. */
export interface ScriptedReply {
  readonly status?: number
  /** Names and values in turn; those of the framing are added. */
  readonly headers?: readonly string[]
  readonly body?: Uint8Array | string
  /** How the body is delimited; `length` unless told otherwise. */
  readonly framing?: 'length' | 'chunked' | 'close'
  /** Sent byte for byte in place of status, headers and body. */
  readonly raw?: Uint8Array | string
  /** When: at the head of the request, or (unless told otherwise) once all of it has come. */
  readonly at?: 'head' | 'end'
  /** Before an expected `100 Continue`. Never, when it is not a number: such a client waits for `at: 'head'`. */
  readonly continueDelayMs?: number | 'never'
  /** Before the head. */
  readonly headDelayMs?: number
  /** Between head and body, which then are not in one segment. */
  readonly bodyDelayMs?: number
  /** The body goes out in pieces of this size, `pieceDelayMs` apart: a trickle. */
  readonly pieceBytes?: number
  readonly pieceDelayMs?: number
  /** Breaks off after so many bytes of the body, or of what is `raw`: by a reset unless `ending` is told. */
  readonly breakAfterBytes?: number
  /** What becomes of the connection after the reply, or where it broke off; kept unless told otherwise. */
  readonly ending?: Ending
}

/** What an upstream does with each request: a reply, or an ending without one. */
export type Script = (
  request: ReceivedRequest,
  index: number,
) => ScriptedReply | Ending | Promise<ScriptedReply | Ending>

/** An HTTP/1.1 server that does exactly what the test says, and records what came. It ends with the test. */
export interface ScriptedUpstream {
  readonly port: number
  /** Such as `http://127.0.0.1:4711`. */
  readonly url: string
  /** In the order in which their heads came. */
  readonly requests: ReceivedRequest[]
  /** Connections that were ever accepted. */
  readonly accepted: number
  /** Connections that are open now. */
  readonly open: ReadonlySet<Socket>
  /** May be replaced at any time. */
  script: Script
  /** Waits until so many requests have come as a whole. */
  received(count: number): Promise<void>
  /** Sends bytes that nobody asked for, to every open connection. */
  blurt(bytes: string): void
  /** Ends every open connection. */
  cut(ending: 'reset' | 'close'): void
  /** Accepts no more connections, and cuts those that are open. */
  close(): Promise<void>
}

export interface ScriptedUpstreamOptions {
  readonly clock?: Clock
  readonly tls?: TestCertificate
}

/** @param script a list is gone through request by request; its last item serves all that come later */
export async function startScriptedUpstream(
  t: Test,
  script: Script | readonly (ScriptedReply | Ending)[] = [{}],
  { clock = systemClock, tls }: ScriptedUpstreamOptions = {},
): Promise<ScriptedUpstream> {
  const open = new Set<Socket>()
  const requests: ReceivedRequest[] = []
  let accepted = 0
  const serve = (socket: Socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket)).on('error', () => {})
    socket.setNoDelay(true)
    // Whatever a client does, its connection just ends.
    new ScriptedConnection(socket, accepted, upstream, clock).serve().catch(() => socket.destroy())
    accepted += 1
  }
  const server = tls
    ? createTlsServer({ ...tls, allowHalfOpen: true }, serve)
    : createTcpServer({ allowHalfOpen: true }, serve)
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
  const { port } = server.address() as AddressInfo
  const upstream: ScriptedUpstream = {
    port,
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests,
    open,
    get accepted() {
      return accepted
    },
    script: typeof script === 'function' ? script : (_, index) => script[Math.min(index, script.length - 1)] ?? {},
    received: (count) =>
      until(`${count} requests`, () => requests.filter(({ isComplete }) => isComplete).length >= count),
    blurt(bytes) {
      for (const socket of open) socket.write(bytes)
    },
    cut(ending) {
      for (const socket of open) end(socket, ending)
    },
    async close() {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
  t.after(() => upstream.close())
  return upstream
}

function endingOf({ ending, breakAfterBytes, framing }: ScriptedReply): Ending | undefined {
  if (ending !== undefined) return ending
  if (breakAfterBytes !== undefined) return 'reset'
  return framing === 'close' ? 'close' : undefined
}

function end(socket: Socket, ending: Ending): void {
  // A connection with TLS cannot be reset, only dropped without a word: for its client that is the same.
  if (ending === 'reset') socket instanceof TLSSocket ? socket.destroy() : socket.resetAndDestroy()
  if (ending === 'close') socket.end()
}

/** One connection: its requests, one after the other. */
class ScriptedConnection {
  readonly #socket: Socket
  readonly #index: number
  readonly #upstream: ScriptedUpstream
  readonly #clock: Clock
  #pending = Buffer.alloc(0)
  #isOver = false
  #wake: () => void = () => {}

  constructor(socket: Socket, index: number, upstream: ScriptedUpstream, clock: Clock) {
    this.#socket = socket
    this.#index = index
    this.#upstream = upstream
    this.#clock = clock
    socket.on('data', (chunk: Buffer) => {
      this.#pending = Buffer.concat([this.#pending, chunk])
      this.#wake()
    })
    const over = () => {
      this.#isOver = true
      this.#wake()
    }
    socket.on('end', over).on('close', over)
  }

  async serve(): Promise<void> {
    for (;;) {
      const request = await this.#readHead()
      if (request === undefined) return void this.#socket.end()
      const index = this.#upstream.requests.push(request) - 1
      const does = await this.#upstream.script(request, index)
      const reply: ScriptedReply = typeof does === 'string' ? { raw: '', ending: does } : does
      const body = this.#readBody(request, reply.continueDelayMs ?? 0)
      if (reply.at !== 'head') await body
      await this.#send(reply, request)
      if (endingOf(reply) !== undefined) return await this.#waitForEnd(body)
      await body
    }
  }

  /** Nothing more is said; the connection ends when the client ends it. */
  async #waitForEnd(body: Promise<void>): Promise<void> {
    await body.catch(() => {})
    await this.#wait(() => false)
    this.#socket.end()
  }

  async #readHead(): Promise<ReceivedRequest | undefined> {
    await this.#wait(() => this.#pending.includes('\r\n\r\n'))
    if (!this.#pending.includes('\r\n\r\n')) return undefined
    const head = this.#take(this.#pending.indexOf('\r\n\r\n') + 4).toString('latin1')
    const [requestLine = '', ...lines] = head.trimEnd().split('\r\n')
    const [method = '', target = ''] = requestLine.split(' ')
    const rawHeaders = lines.flatMap((line) => [
      line.slice(0, line.indexOf(':')),
      line.slice(line.indexOf(':') + 1).trim(),
    ])
    const headers = new Headers(rawHeaders)
    const connection = this.#index
    return { method, target, headers, rawHeaders, connection, body: Buffer.alloc(0), isComplete: false }
  }

  async #readBody(request: ReceivedRequest, continueDelayMs: number | 'never'): Promise<void> {
    const { headers } = request
    if (headers.get('expect') === '100-continue' && continueDelayMs !== 'never') {
      if (continueDelayMs > 0) await this.#clock.sleep(continueDelayMs)
      // A body that is there already was not waited with.
      if (this.#pending.length === 0) this.#socket.write('HTTP/1.1 100 Continue\r\n\r\n')
    }
    if (headers.get('transfer-encoding') === undefined) {
      await this.#readBytes(request, Number(headers.get('content-length') ?? 0))
    } else {
      for (;;) {
        const size = Number.parseInt(await this.#readLine(), 16)
        if (size === 0) break
        await this.#readBytes(request, size)
        await this.#readLine()
      }
      while ((await this.#readLine()) !== '');
    }
    request.isComplete = true
  }

  async #readBytes(request: ReceivedRequest, sizeBytes: number): Promise<void> {
    for (let left = sizeBytes; left > 0; ) {
      await this.#need(1)
      const piece = this.#take(Math.min(left, this.#pending.length))
      left -= piece.length
      request.body = Buffer.concat([request.body, piece])
    }
  }

  async #readLine(): Promise<string> {
    await this.#wait(() => this.#pending.includes('\r\n'))
    await this.#need(2)
    return this.#take(this.#pending.indexOf('\r\n') + 2)
      .toString('latin1')
      .trimEnd()
  }

  async #send(reply: ScriptedReply, { method }: ReceivedRequest): Promise<void> {
    if (reply.headDelayMs) await this.#clock.sleep(reply.headDelayMs)
    const { head, body } = encode(reply, method === 'HEAD')
    const sent = reply.breakAfterBytes === undefined ? body : body.subarray(0, reply.breakAfterBytes)
    if (reply.bodyDelayMs) {
      this.#socket.write(head)
      await this.#clock.sleep(reply.bodyDelayMs)
      await this.#sendPieces(sent, reply)
    } else if (reply.pieceBytes) {
      this.#socket.write(head)
      await this.#sendPieces(sent, reply)
    } else {
      await this.#write(Buffer.concat([head, sent]))
    }
    const ending = endingOf(reply)
    if (ending !== undefined) end(this.#socket, ending)
  }

  async #sendPieces(bytes: Buffer, { pieceBytes = bytes.length, pieceDelayMs = 0 }: ScriptedReply): Promise<void> {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      if (at > 0) await this.#clock.sleep(pieceDelayMs)
      await this.#write(bytes.subarray(at, at + pieceBytes))
    }
  }

  async #write(bytes: Buffer): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.write(bytes, () => resolve()))
  }

  #take(count: number): Buffer {
    const taken = this.#pending.subarray(0, count)
    this.#pending = this.#pending.subarray(count)
    return taken
  }

  async #need(count: number): Promise<void> {
    await this.#wait(() => this.#pending.length >= count)
    if (this.#pending.length < count) throw new Error('the client is gone')
  }

  async #wait(isThere: () => boolean): Promise<void> {
    while (!isThere() && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

function encode(reply: ScriptedReply, isHead: boolean): { head: Buffer; body: Buffer } {
  if (reply.raw !== undefined) return { head: Buffer.alloc(0), body: Buffer.from(reply.raw as string, 'latin1') }
  const { status = 200, headers = [], framing = 'length' } = reply
  const content = Buffer.from((reply.body ?? '') as string)
  const isBare = status === 204 || status === 304
  let text = `HTTP/1.1 ${status} Scripted\r\n`
  for (let at = 0; at < headers.length; at += 2) text += `${headers[at]}: ${headers[at + 1]}\r\n`
  if (framing === 'chunked') text += 'transfer-encoding: chunked\r\n'
  else if (framing === 'close') text += 'connection: close\r\n'
  else if (!isBare && !new Headers(headers).has('content-length')) text += `content-length: ${content.length}\r\n`
  const head = Buffer.from(`${text}\r\n`, 'latin1')
  if (isHead || isBare) return { head, body: Buffer.alloc(0) }
  return { head, body: framing === 'chunked' ? chunked(content, reply.pieceBytes ?? 64 * 1024) : content }
}

function chunked(content: Buffer, chunkBytes: number): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < content.length; at += chunkBytes) {
    const piece = content.subarray(at, at + chunkBytes)
    parts.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'))
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}
