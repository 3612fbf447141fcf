import type { ByteSink, Headers } from '@headrace/s3'
import type { UpstreamClient, UpstreamReply, UpstreamRequest } from '../exchange.ts'
import type { BodyPace } from './body-pace.ts'
import { type Outcome, outcomeOfError, outcomeOfReply } from './figures/outcome.ts'

/** Who is told of an exchange as it goes on. */
export interface ExchangeObserver {
  /** Bytes of the body of the request are on their way. */
  sent(bytes: number): void
  /** The head of the reply is there. */
  answered(status: number): void
  /** Bytes of the body of the reply came. */
  received(bytes: number): void
  /** So many milliseconds were waited for a MiB of a large body. */
  paced(msPerMebibyte: number): void
  /** Called once, at the end of everything. */
  ended(outcome: Outcome): void
}

export interface TrackedExchange {
  readonly client: UpstreamClient
  /** Its name. */
  readonly upstream: string
  readonly request: UpstreamRequest
  readonly signal: AbortSignal
  readonly observer: ExchangeObserver
  readonly pace: BodyPace
}

/** An exchange that tells how it goes and, when the body of its reply is over or given up, how it ended. */
export async function trackedExchange(exchange: TrackedExchange): Promise<UpstreamReply> {
  const { client, upstream, request, signal, observer } = exchange
  try {
    const reply = await client.exchange(counted(request, observer), signal)
    observer.answered(reply.status)
    return new TrackedReply(reply, exchange)
  } catch (error) {
    observer.ended(outcomeOfError(error, upstream))
    throw error
  }
}

function counted(request: UpstreamRequest, observer: ExchangeObserver): UpstreamRequest {
  const { body } = request
  if (body === undefined) return request
  if (body instanceof Uint8Array) {
    observer.sent(body.length)
    return request
  }
  const sendTo = (sink: ByteSink) => body.sendTo(countingSink(sink, (bytes) => observer.sent(bytes)))
  return { ...request, body: { sizeBytes: body.sizeBytes, sendTo } }
}

function countingSink(sink: ByteSink, count: (bytes: number) => void): ByteSink {
  return {
    write(chunk) {
      count(chunk.length)
      return sink.write(chunk)
    },
  }
}

class TrackedReply implements UpstreamReply {
  readonly #reply: UpstreamReply
  readonly #exchange: TrackedExchange
  #isOver = false

  constructor(reply: UpstreamReply, exchange: TrackedExchange) {
    this.#reply = reply
    this.#exchange = exchange
  }

  get status(): number {
    return this.#reply.status
  }

  get headers(): Headers {
    return this.#reply.headers
  }

  get bodyBytes(): number | undefined {
    return this.#reply.bodyBytes
  }

  get firstByteMs(): number {
    return this.#reply.firstByteMs
  }

  get lastByteMs(): number | undefined {
    return this.#reply.lastByteMs
  }

  async readInto(sink: ByteSink): Promise<void> {
    const { observer, pace, upstream } = this.#exchange
    const counting = countingSink(sink, (bytes) => observer.received(bytes))
    const measured = (ms: number) => observer.paced(ms)
    const paced = pace.follow(counting, { upstream, bodyBytes: this.bodyBytes, measured })
    await this.#follow(this.#reply.readInto(paced ?? counting))
    paced?.finish()
    this.#end(outcomeOfReply(this.status, this.headers))
  }

  async collect(bytesMax: number): Promise<Buffer> {
    const body = await this.#follow(this.#reply.collect(bytesMax))
    this.#exchange.observer.received(body.length)
    this.#end(outcomeOfReply(this.status, this.headers, body))
    return body
  }

  abandon(): void {
    const outcome = outcomeOfReply(this.status, this.headers)
    const isWhole = this.bodyBytes === 0 || this.#exchange.request.method === 'HEAD'
    this.#end(outcome === 'ok' && !isWhole ? 'abandoned' : outcome)
    this.#reply.abandon()
  }

  async #follow<T>(reading: Promise<T>): Promise<T> {
    try {
      return await reading
    } catch (error) {
      this.#end(outcomeOfError(error, this.#exchange.upstream))
      throw error
    }
  }

  #end(outcome: Outcome): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#exchange.observer.ended(outcome)
  }
}
