import type { ByteSink, Headers } from '@headrace/s3'
import type { AttemptError, AttemptFault } from '../../core/attempt.ts'
import type { Clock } from '../../core/runtime.ts'
import type { UpstreamReply } from '../exchange.ts'
import type { UpstreamLimits } from '../limits.ts'
import type { BodyFraming, ReadWindow } from './body-framing.ts'
import type { Connection, ConnectionUser } from './connection.ts'
import { ownBufferBytes } from './read-buffers.ts'
import { MalformedReply, type ReplyHead } from './reply-head.ts'

/** What a reply needs of the exchange that it ends. */
export interface ReplyScope {
  readonly connection: Connection
  readonly clock: Clock
  readonly limits: UpstreamLimits
  /** When the exchange began, on the monotonic clock. */
  readonly startedMs: number
  /** Between two bytes of the body. */
  readonly stallTimeoutMs: number
  /** @param isReusable the connection stands right behind the reply */
  over(isReusable: boolean): void
  fault(fault: AttemptFault, message: string, cause?: unknown): AttemptError
}

const nothing = Buffer.alloc(0)

/** A reply whose head has come, and the reader of its body. */
export class TransportReply implements UpstreamReply, ConnectionUser {
  readonly status: number
  readonly headers: Headers
  readonly firstByteMs: number
  readonly #scope: ReplyScope
  readonly #framing: BodyFraming
  /** Bytes that came and were not passed on yet. While there are any, nothing is read. */
  readonly #window: ReadWindow = { bytes: nothing, at: 0 }
  #state: 'open' | 'done' | 'failed' = 'open'
  #error: unknown
  #sink: ByteSink | undefined
  /** The sink has not taken the last bytes yet. */
  #isBusy = false
  #settle: { resolve(): void; reject(error: unknown): void } | undefined
  /** The upstream has closed its side. */
  #hasEnded = false
  #receivedBytes = 0
  #lastReadMs: number
  /** Since when the upstream is waited for; and, of the current check of its rate, for how long, and what came. */
  #waitingSinceMs = 0
  #waitedMs = 0
  #bytesMeanwhile = 0
  #giveUpMs = Number.POSITIVE_INFINITY

  constructor({ status, headers }: ReplyHead, framing: BodyFraming, scope: ReplyScope) {
    this.status = status
    this.headers = headers
    this.#framing = framing
    this.#scope = scope
    this.#lastReadMs = scope.clock.monotonic()
    this.firstByteMs = this.#lastReadMs - scope.startedMs
  }

  get bodyBytes(): number | undefined {
    return this.#framing.sizeBytes
  }

  get lastByteMs(): number | undefined {
    return this.#state === 'done' ? this.#lastReadMs - this.#scope.startedMs : undefined
  }

  get isBulk(): boolean {
    if (this.#state !== 'open') return false
    const { sizeBytes } = this.#framing
    // Of one that does not tell its size, as much again is expected as has come.
    const leftBytes = sizeBytes === undefined ? this.#receivedBytes : sizeBytes - this.#receivedBytes
    return leftBytes > ownBufferBytes
  }

  /** @param bytes those that came with the head. @returns as `received` */
  begin(bytes: Buffer): boolean {
    this.#scope.connection.setDeadline(Number.POSITIVE_INFINITY)
    this.#window.bytes = bytes
    this.#receivedBytes = bytes.length
    if (this.#framing.isDone) this.#complete()
    return this.#wantsMore
  }

  readInto(sink: ByteSink): Promise<void> {
    if (this.#sink !== undefined) return Promise.reject(new Error('the body of a reply is read once'))
    this.#sink = sink
    if (this.#state === 'done') return Promise.resolve()
    if (this.#state === 'failed') return Promise.reject(this.#error)
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      this.#waitingSinceMs = this.#scope.clock.monotonic()
      this.#goOn()
    })
  }

  async collect(bytesMax: number): Promise<Buffer> {
    const { sizeBytes } = this.#framing
    const parts: Buffer[] = []
    const tooLarge = () => this.#scope.fault('truncated', `the body of the reply is larger than ${bytesMax} bytes`)
    if (sizeBytes !== undefined && sizeBytes > bytesMax) {
      this.abandon()
      throw tooLarge()
    }
    let bytes = 0
    await this.readInto({
      write(chunk) {
        bytes += chunk.length
        if (bytes > bytesMax) throw tooLarge()
        parts.push(Buffer.from(chunk))
        return undefined
      },
    })
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
  }

  abandon(): void {
    if (this.#state !== 'open' || this.#giveUpMs < Number.POSITIVE_INFINITY) return
    const { limits, clock } = this.#scope
    const givenUp = new Error('the body of the reply was given up')
    const { sizeBytes, endsWithConnection } = this.#framing
    const leftBytes = sizeBytes === undefined ? 0 : sizeBytes - this.#receivedBytes
    if (this.#sink !== undefined || endsWithConnection || leftBytes > limits.abandonedBytesMax) {
      return this.fail(givenUp)
    }
    this.#giveUpMs = clock.monotonic() + limits.abandonedTimeoutMs
    let bytes = 0
    const write = (chunk: Uint8Array) => {
      bytes += chunk.length
      // Of chunks, nobody knows before how many there are.
      if (sizeBytes === undefined && bytes > limits.abandonedBytesMax) throw givenUp
      return undefined
    }
    this.readInto({ write }).catch(() => {})
  }

  received(bytes: Buffer): boolean {
    this.#lastReadMs = this.#scope.clock.monotonic()
    this.#receivedBytes += bytes.length
    this.#bytesMeanwhile += bytes.length
    this.#window.bytes = bytes
    this.#window.at = 0
    if (this.#sink === undefined) return false
    this.#waitedMs += this.#lastReadMs - this.#waitingSinceMs
    this.#pump()
    if (this.#wantsMore && this.#state === 'open') this.#waitFrom(this.#lastReadMs)
    return this.#wantsMore
  }

  ended(): void {
    this.#hasEnded = true
    if (this.#wantsMore) this.#goOn()
  }

  failed(error: Error): void {
    this.fail(this.#scope.fault('truncated', `the connection broke after ${this.#place()}`, error))
  }

  overdue(): void {
    this.fail(this.#scope.fault('stalled', `nothing came any more after ${this.#place()}`))
  }

  /** Nothing more of it is to be had. Whoever reads learns why, once its sink is not busy any more. */
  fail(error: unknown): void {
    if (this.#state !== 'open') return
    this.#state = 'failed'
    this.#error = error
    this.#scope.over(false)
    if (!this.#isBusy) this.#settle?.reject(error)
  }

  /** The next read may write over the bytes of the last one. */
  get #wantsMore(): boolean {
    return this.#state !== 'open' || (!this.#isBusy && this.#window.at === this.#window.bytes.length)
  }

  #goOn(): void {
    this.#pump()
    if (this.#state !== 'open' || this.#isBusy) return
    if (!this.#hasEnded) {
      this.#scope.connection.resume()
      return this.#waitFrom(this.#scope.clock.monotonic())
    }
    if (this.#framing.endsWithConnection) return this.#complete()
    this.fail(this.#scope.fault('truncated', `the upstream closed the connection after ${this.#place()}`))
  }

  /** Passes on what has come, until there is no more of it or the sink is busy. */
  #pump(): void {
    try {
      while (!this.#framing.isDone && this.#state === 'open') {
        const piece = this.#framing.next(this.#window)
        if (piece === undefined) break
        const taken = this.#sink?.write(piece)
        if (taken === undefined) continue
        this.#isBusy = true
        this.#scope.connection.setDeadline(Number.POSITIVE_INFINITY)
        taken.then(this.#taken, this.#refused)
        return
      }
    } catch (error) {
      if (!(error instanceof MalformedReply)) return this.fail(error)
      return this.fail(this.#scope.fault('truncated', `${error.message}, after ${this.#place()}`, error))
    }
    if (this.#framing.isDone) this.#complete()
  }

  readonly #taken = (): void => {
    this.#isBusy = false
    if (this.#state === 'failed') return this.#settle?.reject(this.#error)
    this.#goOn()
  }

  readonly #refused = (error: unknown): void => {
    this.#isBusy = false
    if (this.#state === 'failed') return this.#settle?.reject(this.#error)
    this.fail(error)
  }

  #complete(): void {
    if (this.#state !== 'open') return
    this.#state = 'done'
    // Bytes behind the reply belong to none: the connection is not where it should be.
    this.#scope.over(this.#window.at === this.#window.bytes.length && !this.#hasEnded)
    this.#settle?.resolve()
  }

  /** The upstream is waited for from now on, and must not be slower than it may be. */
  #waitFrom(nowMs: number): void {
    const { connection, limits, stallTimeoutMs } = this.#scope
    this.#waitingSinceMs = nowMs
    connection.setDeadline(Math.min(nowMs + stallTimeoutMs, this.#giveUpMs))
    if (this.#waitedMs < limits.bodyCheckMs) return
    if (this.#bytesMeanwhile < limits.bodyBytesMin) {
      const rate = `${this.#bytesMeanwhile} bytes in ${Math.round(this.#waitedMs)} ms`
      return this.fail(this.#scope.fault('stalled', `only ${rate} came, after ${this.#place()}`))
    }
    this.#waitedMs = 0
    this.#bytesMeanwhile = 0
  }

  #place(): string {
    const { sizeBytes } = this.#framing
    return `${this.#receivedBytes}${sizeBytes === undefined ? '' : ` of ${sizeBytes}`} bytes of the body`
  }
}
