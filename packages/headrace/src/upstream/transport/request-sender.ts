import type { ByteSink } from '@headrace/s3'
import type { OutgoingBody, UpstreamRequest } from '../exchange.ts'
import type { Connection } from './connection.ts'
import { expectsContinue } from './request-head.ts'

/** Larger ones are sent in slices of this size, so that it is seen whether the upstream takes them. */
const sliceBytes = 256 * 1024

/**
 * How far a request is:
 * - `held`: its head is out, and the upstream is asked whether it wants the body.
 * - `source`: the next bytes of the body are waited for.
 * - `blocked`: the socket is full.
 * - `sent`: all of it is out.
 * - `stopped`: it is over before that.
 */
export type SendPhase = 'held' | 'source' | 'blocked' | 'sent' | 'stopped'

export interface SenderEvents {
  /** The phase has changed. */
  moved(): void
  /** The body could not be had as it was announced. */
  bodyFailed(error: unknown): void
}

/** Sends one request over a connection: the sink of its body. */
export class RequestSender implements ByteSink {
  phase: SendPhase = 'source'
  /** Some of the request was taken by the system: it may have reached the upstream. */
  wasSent = false
  /** The body, which can be had once, was asked for its bytes. */
  isBodyTaken = false
  readonly #connection: Connection
  readonly #request: UpstreamRequest
  readonly #events: SenderEvents
  /** What goes out before the next bytes of the body, in the same segment. */
  #head: string
  /** Of the body, as announced. Undefined: it goes out in chunks. */
  #leftBytes: number | undefined
  #writes = 0
  /** The write that is waited for. */
  #blocked: { readonly write: number; resolve(): void; reject(error: unknown): void } | undefined
  #streaming: Promise<void> | undefined
  #stopReason: unknown

  /** @param head of the request, encoded */
  constructor(
    connection: Connection,
    request: UpstreamRequest,
    { head, events }: { head: string; events: SenderEvents },
  ) {
    this.#connection = connection
    this.#request = request
    this.#head = head
    this.#events = events
  }

  begin(): void {
    const { body } = this.#request
    if (body === undefined) return this.#finish(undefined)
    if (!expectsContinue(this.#request)) return this.#sendBody(body)
    this.#put(undefined, undefined)
    this.#move('held')
  }

  /** The upstream wants the body, or has not said so in time. */
  goOn(): void {
    if (this.phase === 'held') this.#sendBody(this.#request.body as Uint8Array | OutgoingBody)
  }

  /**
   * Nothing more is to be sent.
   * @returns what ends when nobody is at work on the body any more; undefined when nobody is
   */
  stop(reason: unknown): Promise<void> | undefined {
    if (this.phase === 'sent' || this.phase === 'stopped') return undefined
    this.phase = 'stopped'
    this.#stopReason = reason
    this.#blocked?.reject(reason)
    this.#blocked = undefined
    return this.#streaming
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    if (this.phase === 'stopped') throw this.#stopReason
    if (chunk.length === 0) return undefined
    if (this.#leftBytes === undefined) {
      this.#head += `${chunk.length.toString(16)}\r\n`
      if (this.#put(chunk, '\r\n')) return undefined
    } else {
      this.#leftBytes -= chunk.length
      if (this.#leftBytes < 0) throw new Error('the body is longer than was announced')
      if (this.#put(chunk, undefined)) return undefined
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#blocked = { write: this.#writes, resolve, reject }
    this.#move('blocked')
    return promise
  }

  #sendBody(body: Uint8Array | OutgoingBody): void {
    this.isBodyTaken = !(body instanceof Uint8Array)
    if (!(body instanceof Uint8Array)) this.#streaming = this.#stream(body)
    else if (body.length > sliceBytes) this.#streaming = this.#stream(inSlices(body))
    else this.#finish(body)
  }

  async #stream(body: OutgoingBody): Promise<void> {
    this.#leftBytes = body.sizeBytes
    this.#move('source')
    try {
      await body.sendTo(this)
      if (this.#isStopped) return
      if (this.#leftBytes === undefined) this.#head += '0\r\n\r\n'
      else if (this.#leftBytes > 0) throw new Error(`the body is ${this.#leftBytes} bytes shorter than was announced`)
      this.#finish(undefined)
    } catch (error) {
      if (!this.#isStopped) this.#events.bodyFailed(error)
    }
  }

  get #isStopped(): boolean {
    return this.phase === 'stopped'
  }

  /** Sends what is left, these bytes last. */
  #finish(bytes: Uint8Array | undefined): void {
    if (this.#put(bytes, undefined)) return this.#move('sent')
    this.#blocked = { write: this.#writes, resolve: () => this.#move('sent'), reject: () => {} }
    this.#move('blocked')
  }

  /** Writes what is pending and these, in one go. @returns whether the system has taken all of it */
  #put(bytes: Uint8Array | undefined, end: string | undefined): boolean {
    const { socket } = this.#connection
    const head = this.#head
    this.#head = ''
    this.#writes += 1
    const write = this.#writes
    const done = () => this.#flushed(write)
    if (bytes === undefined) {
      if (head !== '') socket.write(head, 'latin1', done)
    } else if (head === '' && end === undefined) {
      socket.write(bytes, done)
    } else {
      socket.cork()
      if (head !== '') socket.write(head, 'latin1')
      socket.write(bytes, done)
      if (end !== undefined) socket.write(end, 'latin1', done)
      socket.uncork()
    }
    // What fails at once was not taken at all.
    if (socket.errored === null) this.wasSent = true
    return socket.writableLength === 0
  }

  #flushed(write: number): void {
    const blocked = this.#blocked
    if (blocked?.write !== write || this.#connection.socket.errored !== null) return
    this.#blocked = undefined
    if (this.phase === 'blocked') this.#move('source')
    blocked.resolve()
  }

  #move(phase: SendPhase): void {
    this.phase = phase
    this.#events.moved()
  }
}

function inSlices(bytes: Uint8Array): OutgoingBody {
  return {
    sizeBytes: bytes.length,
    async sendTo(sink) {
      for (let at = 0; at < bytes.length; at += sliceBytes) await sink.write(bytes.subarray(at, at + sliceBytes))
    },
  }
}
