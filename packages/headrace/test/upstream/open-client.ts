import assert from 'node:assert/strict'
import { AttemptError, type AttemptFault } from '../../src/core/attempt.ts'
import { type Clock, systemClock } from '../../src/core/runtime.ts'
import type { UpstreamReply, UpstreamRequest } from '../../src/upstream/exchange.ts'
import type { UpstreamLimits } from '../../src/upstream/limits.ts'
import { HttpClient } from '../../src/upstream/transport/http-client.ts'
import type { UpstreamTls } from '../../src/upstream/transport/origin.ts'
import type { Test } from '../open-store.ts'

export interface ClientOptions {
  readonly clock?: Clock
  readonly limits?: Partial<UpstreamLimits>
  readonly tls?: UpstreamTls
  readonly host?: string
}

/** A client of one upstream on this machine, and short ways to use it. It ends with the test. */
export class ClientUnderTest extends HttpClient {
  /** Nobody aborts it. */
  readonly #signal = new AbortController().signal

  /** Sends a request that nobody aborts. */
  send(request: Partial<UpstreamRequest> = {}, signal = this.#signal): Promise<UpstreamReply> {
    return this.exchange({ method: 'GET', target: '/', headers: ['host', 'upstream'], ...request }, signal)
  }

  /** The whole body of a reply, as text. */
  async text(request: Partial<UpstreamRequest> = {}): Promise<string> {
    const reply = await this.send(request)
    return (await reply.collect(1 << 30)).toString()
  }
}

export function openClient(t: Test, port: number, options: ClientOptions = {}): ClientUnderTest {
  const { clock = systemClock, limits = {}, tls, host = '127.0.0.1' } = options
  const origin = { protocol: tls ? 'https:' : 'http:', host, port, ...(tls ? { tls } : {}) } as const
  const client = new ClientUnderTest({ origin, name: 'the upstream', limits }, clock)
  t.after(async () => client.close())
  return client
}

/** The fault that work ends with; anything else fails the test. */
export async function faultOf(work: Promise<unknown>): Promise<AttemptError> {
  try {
    await work
  } catch (error) {
    assert.ok(error instanceof AttemptError, `no AttemptError: ${error}`)
    return error
  }
  throw assert.fail('it did not fail')
}

/** The work ends with this fault, and says so. */
export async function assertFault(work: Promise<unknown>, fault: AttemptFault, message = /./): Promise<AttemptError> {
  const error = await faultOf(work)
  assert.equal(error.fault, fault, error.message)
  assert.equal(error.upstream, 'the upstream')
  assert.match(error.message, message)
  return error
}
