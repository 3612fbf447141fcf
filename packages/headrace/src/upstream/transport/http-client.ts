import type { Clock } from '../../core/runtime.ts'
import type { UpstreamClient, UpstreamReply, UpstreamRequest } from '../exchange.ts'
import { type UpstreamLimits, upstreamLimits } from '../limits.ts'
import { type ConnectionCounts, ConnectionPool } from './connection-pool.ts'
import { Deadlines } from './deadlines.ts'
import { type ExchangeParts, HttpExchange } from './http-exchange.ts'
import { Dialer, type UpstreamOrigin } from './origin.ts'

export interface HttpClientOptions {
  readonly origin: UpstreamOrigin
  /** Name of the upstream in errors; host and port unless told otherwise. */
  readonly name?: string
  /** Those that differ from `upstreamLimits`. */
  readonly limits?: Partial<UpstreamLimits>
}

/**
 * Speaks HTTP/1.1 with one upstream, over connections that are kept. The way of a request: `HttpExchange` gets a
 * `Connection` from the `ConnectionPool`, has the `RequestSender` send it, takes in the head (`reply-head.ts`), and leaves
 * the connection to the `TransportReply`, which passes the body on by its `BodyFraming`. `Deadlines` watches all of it.
 */
export class HttpClient implements UpstreamClient {
  /** May be changed at any time. */
  readonly limits: UpstreamLimits
  readonly #parts: ExchangeParts

  constructor({ origin, name, limits }: HttpClientOptions, clock: Clock) {
    this.limits = { ...upstreamLimits, ...limits }
    const deadlines = new Deadlines(clock)
    this.#parts = {
      upstream: name ?? `${origin.host}:${origin.port}`,
      deadlines,
      clock,
      limits: this.limits,
      underWay: new Set(),
      pool: new ConnectionPool(new Dialer(origin), { deadlines, clock, limits: this.limits }),
    }
  }

  get connections(): ConnectionCounts {
    return this.#parts.pool.counts
  }

  exchange(request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamReply> {
    return new HttpExchange(this.#parts, request, signal).run()
  }

  breakOffReads(): void {
    for (const exchange of [...this.#parts.underWay]) exchange.breakOffRead()
  }

  /** Takes no more requests. Those under way go on, those that wait for a connection are refused. */
  close(): void {
    this.#parts.pool.close()
  }
}
