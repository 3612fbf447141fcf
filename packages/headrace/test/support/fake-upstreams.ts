import { Headers } from '@headrace/s3'
import { AttemptError, type AttemptFault } from '../../src/core/attempt.ts'
import type { Clock } from '../../src/core/runtime.ts'
import type { UpstreamClient, UpstreamReply, UpstreamRequest } from '../../src/upstream/exchange.ts'

/** What a fake upstream does with a request. */
export interface FakeReply {
  /** Of the clock, until the head; it never comes when infinite. */
  readonly afterMs?: number
  /** There is no reply, but this. */
  readonly fault?: AttemptFault
  readonly status?: number
  /** Names and values in turn. */
  readonly headers?: readonly string[]
  readonly body?: string | Buffer
  /** The body ends with this, after what there is of it. */
  readonly bodyFault?: AttemptFault
}

/** A client whose upstream is a function. Bodies come in one piece; those of requests are taken at once. */
export class FakeUpstream implements UpstreamClient {
  readonly name: string
  readonly #clock: Clock
  behave: (request: UpstreamRequest) => FakeReply = () => ({})
  readonly requests: UpstreamRequest[] = []
  abandoned = 0
  isClosed = false
  /** How often reads were broken off. */
  brokenOff = 0

  constructor(name: string, clock: Clock) {
    this.name = name
    this.#clock = clock
  }

  async exchange(request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamReply> {
    this.requests.push(request)
    const { body } = request
    const reply = this.behave(request)
    if (body !== undefined && !(body instanceof Uint8Array)) await body.sendTo({ write: () => undefined })
    const startedMs = this.#clock.monotonic()
    if (reply.afterMs === Number.POSITIVE_INFINITY) await aborted(signal)
    else if (reply.afterMs !== undefined) await this.#clock.sleep(reply.afterMs, signal)
    signal.throwIfAborted()
    if (reply.fault !== undefined) throw this.#error(reply.fault)
    return this.#reply(reply, this.#clock.monotonic() - startedMs)
  }

  breakOffReads(): void {
    this.brokenOff += 1
  }

  close(): void {
    this.isClosed = true
  }

  #reply({ status = 200, headers = [], body = '', bodyFault }: FakeReply, firstByteMs: number): UpstreamReply {
    const bytes = Buffer.from(body)
    const fail = () => {
      if (bodyFault !== undefined) throw this.#error(bodyFault)
    }
    return {
      status,
      headers: new Headers(headers),
      bodyBytes: bytes.length,
      firstByteMs,
      async readInto(sink) {
        await sink.write(bytes)
        fail()
      },
      async collect() {
        fail()
        return bytes
      },
      abandon: () => {
        this.abandoned += 1
      },
    }
  }

  #error(fault: AttemptFault): AttemptError {
    return new AttemptError({ fault, upstream: this.name, wasSent: fault !== 'connect' })
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason)
    signal.addEventListener('abort', () => reject(signal.reason))
  })
}
