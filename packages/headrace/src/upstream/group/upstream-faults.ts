import { type ByteSink, Headers } from '@headrace/s3'
import { AttemptError } from '../../core/attempt.ts'
import type { Clock, Random } from '../../core/runtime.ts'
import type { UpstreamClient, UpstreamReply, UpstreamRequest } from '../exchange.ts'

/** What an upstream is made to do, for tests and drills. Several of these go together. */
export interface UpstreamFault {
  /** The reply begins so much later. */
  readonly delayMs?: number
  /** It is an error with this status, and the upstream never sees the request. */
  readonly status?: number
  /** The code in the document of that error; SlowDown by default for 503, InternalError for others. */
  readonly code?: string
  /** The connection breaks after so many bytes of the body; 0: before the head. */
  readonly resetAtByte?: number
  /** Nothing comes any more after so many bytes of the body; 0: no head, either. */
  readonly stallAtByte?: number
  /** How many of the exchanges are struck: above 0, up to 1, which is the default. */
  readonly share?: number
}

export interface UpstreamFaultsOptions {
  readonly clock: Clock
  readonly random: Pick<Random, 'next'>
  /** After these, what the faults stall fails as it does when an upstream stalls. */
  readonly firstByteTimeoutMs: number
  readonly stallTimeoutMs: number
}

/** The faults of the upstreams of one process, which can be changed at any time. They strike exchanges that begin then. */
export class UpstreamFaults {
  readonly #options: UpstreamFaultsOptions
  readonly #faults = new Map<string, UpstreamFault>()

  constructor(options: UpstreamFaultsOptions) {
    this.#options = options
  }

  /** Each upstream that has a fault, by its name. */
  get all(): ReadonlyMap<string, UpstreamFault> {
    return this.#faults
  }

  /** Takes the place of the fault that the upstream had; undefined takes it away. */
  setFault(upstream: string, fault: UpstreamFault | undefined): void {
    if (fault === undefined) this.#faults.delete(upstream)
    else this.#faults.set(upstream, fault)
  }

  /** These faults, and no others any more. */
  setAll(faults: readonly (readonly [upstream: string, fault: UpstreamFault])[]): void {
    this.#faults.clear()
    for (const [upstream, fault] of faults) this.#faults.set(upstream, fault)
  }

  /** The client with the faults of its upstream. Without one, its exchanges go straight through. */
  wrap(upstream: string, client: UpstreamClient): UpstreamClient {
    return {
      exchange: (request, signal) => {
        const fault = this.#faults.get(upstream)
        const isStruck = fault !== undefined && this.#options.random.next() < (fault.share ?? 1)
        return isStruck ? this.#struck(upstream, fault, client, request, signal) : client.exchange(request, signal)
      },
      close: () => client.close(),
    }
  }

  async #struck(
    upstream: string,
    fault: UpstreamFault,
    client: UpstreamClient,
    request: UpstreamRequest,
    signal: AbortSignal,
  ): Promise<UpstreamReply> {
    const { clock, firstByteTimeoutMs } = this.#options
    const { delayMs = 0, resetAtByte, stallAtByte } = fault
    const startedMs = clock.monotonic()
    if (delayMs > 0) await clock.sleep(delayMs, signal)
    if (resetAtByte === 0) throw broken('reset', upstream)
    if (stallAtByte === 0) {
      await clock.sleep(firstByteTimeoutMs, signal)
      throw broken('timeout', upstream)
    }
    if (fault.status !== undefined) return errorReply(fault, request, clock.monotonic() - startedMs)
    const reply = await client.exchange(request, signal)
    const breakAtByte = Math.min(resetAtByte ?? Number.POSITIVE_INFINITY, stallAtByte ?? Number.POSITIVE_INFINITY)
    if (breakAtByte === Number.POSITIVE_INFINITY) return reply
    const breaks: Breaks = async () => {
      if (breakAtByte === resetAtByte) throw broken('truncated', upstream)
      await clock.sleep(this.#options.stallTimeoutMs, signal)
      throw broken('stalled', upstream)
    }
    return brokenReply(reply, breakAtByte, breaks)
  }
}

/** Rejects, at once or after some time. */
type Breaks = () => Promise<never>

function broken(fault: 'reset' | 'timeout' | 'truncated' | 'stalled', upstream: string): AttemptError {
  return new AttemptError({
    fault,
    upstream,
    wasSent: true,
    message: `${upstream}: ${fault}, a fault that it was given`,
  })
}

/** A reply whose body comes up to a byte. */
function brokenReply(reply: UpstreamReply, breakAtByte: number, breaks: Breaks): UpstreamReply {
  const readInto = (sink: ByteSink) => reply.readInto(breakingSink(sink, breakAtByte, breaks))
  return {
    status: reply.status,
    headers: reply.headers,
    bodyBytes: reply.bodyBytes,
    firstByteMs: reply.firstByteMs,
    get lastByteMs() {
      return reply.lastByteMs
    },
    readInto,
    async collect(bytesMax) {
      const body = await reply.collect(bytesMax)
      return body.length > breakAtByte ? await breaks() : body
    },
    abandon: () => reply.abandon(),
  }
}

function breakingSink(sink: ByteSink, breakAtByte: number, breaks: Breaks): ByteSink {
  let passedBytes = 0
  return {
    write(chunk) {
      const restBytes = breakAtByte - passedBytes
      passedBytes += chunk.length
      if (chunk.length <= restBytes) return sink.write(chunk)
      return passThenBreak(sink, chunk.subarray(0, restBytes), breaks)
    },
  }
}

async function passThenBreak(sink: ByteSink, rest: Uint8Array, breaks: Breaks): Promise<void> {
  if (rest.length > 0) await sink.write(rest)
  await breaks()
}

/** As the upstream would have sent it. */
function errorReply({ status = 500, code }: UpstreamFault, { method }: UpstreamRequest, ms: number): UpstreamReply {
  const name = code ?? (status === 503 ? 'SlowDown' : 'InternalError')
  const message = 'A fault that this upstream was given.'
  const document = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${name}</Code><Message>${message}</Message></Error>`
  const body = Buffer.from(method === 'HEAD' ? '' : document)
  return {
    status,
    headers: new Headers(['content-type', 'application/xml', 'content-length', String(document.length)]),
    bodyBytes: body.length,
    firstByteMs: ms,
    async readInto(sink) {
      if (body.length > 0) await sink.write(body)
    },
    collect: async () => body,
    abandon() {},
  }
}
