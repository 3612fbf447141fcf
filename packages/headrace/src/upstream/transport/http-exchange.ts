import { atMost } from '../../core/at-most.ts'
import { AttemptError, type AttemptFault } from '../../core/attempt.ts'
import type { Clock } from '../../core/runtime.ts'
import type { UpstreamReply, UpstreamRequest } from '../exchange.ts'
import type { UpstreamLimits } from '../limits.ts'
import { framingOf } from './body-framing.ts'
import type { Connection, ConnectionUser } from './connection.ts'
import type { ConnectionPool, Waiter } from './connection-pool.ts'
import type { Deadlines, Watched } from './deadlines.ts'
import { idleTimeoutOf, keepsAlive } from './keep-alive.ts'
import { findHeadEnd, MalformedReply, parseReplyHead, quote, type ReplyHead } from './reply-head.ts'
import { encodeRequestHead } from './request-head.ts'
import { RequestSender, type SenderEvents, type SendPhase } from './request-sender.ts'
import { type ReplyScope, TransportReply } from './transport-reply.ts'

/** What all exchanges of one client share. */
export interface ExchangeParts {
  /** Name of the upstream, for errors. */
  readonly upstream: string
  readonly pool: ConnectionPool
  readonly deadlines: Deadlines
  readonly clock: Clock
  readonly limits: UpstreamLimits
  /** Exchanges whose replies are not over. */
  readonly underWay: Set<HttpExchange>
}

/** How long each phase of sending may last. A body may come as slowly as whoever sends it likes. */
const timeouts = {
  held: 'continueTimeoutMs',
  source: undefined,
  blocked: 'sendTimeoutMs',
  sent: 'firstByteTimeoutMs',
  stopped: undefined,
} as const satisfies Record<SendPhase, keyof UpstreamLimits | undefined>

/**
 * One request and its reply: waits for a connection, sends, takes in the head, and gives the connection back when the
 * body was read. As long as it waits it is watched by itself, then by the deadline of its connection.
 */
export class HttpExchange implements Waiter, ConnectionUser, SenderEvents, ReplyScope, Watched {
  readonly isBulk = false
  readonly startedMs: number
  readonly limits: UpstreamLimits
  readonly clock: Clock
  deadlineMs = Number.POSITIVE_INFINITY
  readonly #parts: ExchangeParts
  readonly #request: UpstreamRequest
  readonly #signal: AbortSignal
  #head = ''
  readonly #settled = Promise.withResolvers<UpstreamReply>()
  #connection: Connection | undefined
  #sender: RequestSender | undefined
  #reply: TransportReply | undefined
  /** Of the head, as long as it is not whole. */
  #bytes: Buffer | undefined
  #interimReplies = 0
  /** The head of the reply has come, or never will. */
  #isOver = false
  #isReusable = false

  constructor(parts: ExchangeParts, request: UpstreamRequest, signal: AbortSignal) {
    this.#parts = parts
    this.limits = parts.limits
    this.clock = parts.clock
    this.#request = request
    this.#signal = signal
    this.startedMs = parts.clock.monotonic()
  }

  run(): Promise<UpstreamReply> {
    if (this.#signal.aborted) return Promise.reject(this.#signal.reason)
    try {
      this.#head = encodeRequestHead(this.#request)
    } catch (error) {
      return Promise.reject(error)
    }
    this.#signal.addEventListener('abort', this.#abort)
    this.#parts.underWay.add(this)
    this.#acquire(this.startedMs)
    return this.#settled.promise
  }

  use(connection: Connection): void {
    this.#parts.deadlines.remove(this)
    this.#connection = connection
    connection.user = this
    this.#sender = new RequestSender(connection, this.#request, { head: this.#head, events: this })
    this.#sender.begin()
  }

  refused(fault: 'connect' | 'saturated', message: string, cause?: Error): void {
    this.#fail(this.fault(fault, message, cause))
  }

  get connection(): Connection {
    return this.#connection as Connection
  }

  get stallTimeoutMs(): number {
    return this.#request.method === 'GET' ? this.limits.stallTimeoutMs : this.limits.firstByteTimeoutMs
  }

  moved(): void {
    const timeout = timeouts[this.#phase]
    const deadlineMs = timeout === undefined ? Number.POSITIVE_INFINITY : this.clock.monotonic() + this.limits[timeout]
    this.connection.setDeadline(deadlineMs)
  }

  bodyFailed(error: unknown): void {
    this.#fail(error)
  }

  overdue(): void {
    const { limits } = this
    if (this.#connection === undefined) {
      return this.#fail(this.fault('saturated', `no connection was free within ${limits.waitTimeoutMs} ms`))
    }
    if (this.#phase === 'held') return this.#sender?.goOn()
    const text =
      this.#phase === 'sent'
        ? `no reply within ${limits.firstByteTimeoutMs} ms`
        : `it took nothing of the request for ${limits.sendTimeoutMs} ms`
    this.#fail(this.fault('timeout', text))
  }

  ended(): void {
    this.#broken(new Error('the upstream closed the connection'))
  }

  failed(error: Error): void {
    this.#broken(error)
  }

  received(bytes: Buffer): boolean {
    try {
      return this.#takeIn(this.#bytes === undefined ? bytes : Buffer.concat([this.#bytes, bytes]))
    } catch (error) {
      this.#fail(error instanceof MalformedReply ? this.fault('reset', error.message, error) : error)
      return true
    }
  }

  over(isReusable: boolean): void {
    this.#leave()
    if (isReusable && this.#isReusable) this.#parts.pool.putBack(this.connection)
    else this.connection.destroy()
  }

  fault(fault: AttemptFault, message: string, cause?: unknown): AttemptError {
    const { upstream } = this.#parts
    return new AttemptError({
      fault,
      upstream,
      wasSent: this.#sender?.wasSent ?? false,
      status: this.#reply?.status,
      message: `${upstream}: ${fault}: ${message}`,
      cause,
    })
  }

  /** A function and not `handleEvent`: Node keeps what it makes of an object alive beyond the next garbage collection. */
  readonly #abort = (): void => {
    if (this.#reply === undefined) this.#fail(this.#signal.reason)
    else this.#reply.fail(this.#signal.reason)
  }

  /** What waits for an upstream that is silent waits no more, if it can be asked for again. */
  breakOffRead(): void {
    const { method } = this.#request
    if (method !== 'GET' && method !== 'HEAD') return
    const text = 'nothing comes from the upstream any more'
    if (this.#reply === undefined) this.#fail(this.fault('timeout', text))
    else this.#reply.fail(this.fault('stalled', text))
  }

  #leave(): void {
    this.#signal.removeEventListener('abort', this.#abort)
    this.#parts.underWay.delete(this)
  }

  get #phase(): SendPhase {
    return this.#sender?.phase ?? 'source'
  }

  #acquire(nowMs: number): void {
    const { pool, deadlines } = this.#parts
    pool.acquire(this, nowMs)
    if (this.#connection !== undefined || this.#isOver) return
    deadlines.add(this)
    deadlines.set(this, nowMs + this.limits.waitTimeoutMs)
  }

  #takeIn(bytes: Buffer): boolean {
    for (;;) {
      const end = findHeadEnd(bytes, this.limits.headBytesMax)
      if (end === undefined) {
        this.#bytes = Buffer.from(bytes)
        return true
      }
      const head = parseReplyHead(bytes.subarray(0, end))
      bytes = bytes.subarray(end)
      if (head.status >= 200) return this.#answered(head, bytes)
      this.#takeInterim(head)
      this.#bytes = undefined
      if (bytes.length === 0) return true
    }
  }

  #takeInterim({ status }: ReplyHead): void {
    this.#interimReplies += 1
    if (status === 101) throw new MalformedReply('the upstream changed the protocol without being asked')
    if (this.#interimReplies > this.limits.interimRepliesMax) {
      throw new MalformedReply(`more than ${this.limits.interimRepliesMax} interim replies`)
    }
    if (status === 100) this.#sender?.goOn()
  }

  #answered(head: ReplyHead, bytes: Buffer): boolean {
    const { connection } = this
    const framing = framingOf(head, this.#request.method)
    connection.idleTimeoutMs = idleTimeoutOf(head, this.limits)
    const isSent = this.#phase === 'sent'
    this.#isReusable = isSent && keepsAlive(head)
    this.#isOver = true
    const sending = isSent ? undefined : this.#sender?.stop(new Error('the upstream has answered before it had it all'))
    const reply = new TransportReply(head, framing, this)
    this.#reply = reply
    connection.user = reply
    const wantsMore = reply.begin(bytes)
    this.#afterSending(sending, () => this.#settled.resolve(reply))
    return wantsMore
  }

  #broken(error: Error): void {
    const { connection } = this
    connection.destroy()
    const sender = this.#sender
    if (connection.requests > 1 && sender?.wasSent === false && !sender.isBodyTaken) {
      // The connection was gone before any of the request was: it has been nowhere, and goes over another one.
      sender.stop(error)
      this.#sender = undefined
      this.#connection = undefined
      return this.#acquire(this.clock.monotonic())
    }
    const place = this.#bytes === undefined ? 'before a reply came' : `behind ${quote(this.#bytes.toString('latin1'))}`
    this.#fail(this.fault('reset', `the connection ended ${place}`, error))
  }

  #fail(error: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#leave()
    this.#parts.pool.leave(this)
    this.#parts.deadlines.remove(this)
    this.#connection?.destroy()
    this.#afterSending(this.#sender?.stop(error), () => this.#settled.reject(error))
  }

  /** Whoever has the body afterwards must not meet its sender at work; but nobody waits long for a body that does not come. */
  #afterSending(sending: Promise<void> | undefined, action: () => void): void {
    if (sending === undefined) action()
    else atMost(this.clock, this.limits.sourceTimeoutMs, sending).then(action)
  }
}
