import type { Clock } from '../../core/runtime.ts'
import type { UpstreamLimits } from '../limits.ts'
import { Connection, type ConnectionOwner } from './connection.ts'
import type { Deadlines } from './deadlines.ts'
import type { Dialer } from './origin.ts'

/** Whoever needs a connection. */
export interface Waiter {
  /** Has it to itself until it is put back, or destroyed. */
  use(connection: Connection): void
  /** There is none: the pool is over, or too many wait (`saturated`), or it could not be opened (`connect`). */
  refused(fault: 'connect' | 'saturated', message: string, cause?: Error): void
}

/** How many connections of a pool are in which state. */
export interface ConnectionCounts {
  readonly opening: number
  readonly idle: number
  readonly busy: number
  /** Requests in line for a connection. */
  readonly waiting: number
}

/**
 * The connections to one upstream. Who finds none that is idle gets in line, and one is opened for it; the head of the
 * line takes whichever is there first, a new one or one that another request is done with.
 */
export class ConnectionPool implements ConnectionOwner {
  readonly #dialer: Dialer
  readonly #deadlines: Deadlines
  readonly #clock: Clock
  readonly #limits: UpstreamLimits
  readonly #all = new Set<Connection>()
  readonly #opening = new Set<Connection>()
  /** The last one used is taken first: those that are not needed grow old. */
  readonly #idle: Connection[] = []
  /** In the order in which they came. */
  readonly #line = new Set<Waiter>()
  #isClosed = false

  constructor(dialer: Dialer, parts: { deadlines: Deadlines; clock: Clock; limits: UpstreamLimits }) {
    this.#dialer = dialer
    this.#deadlines = parts.deadlines
    this.#clock = parts.clock
    this.#limits = parts.limits
  }

  get counts(): ConnectionCounts {
    const opening = this.#opening.size
    const idle = this.#idle.length
    return { opening, idle, busy: this.#all.size - opening - idle, waiting: this.#line.size }
  }

  /** Calls the waiter, at once or when its turn comes. */
  acquire(waiter: Waiter, nowMs: number): void {
    if (this.#isClosed) return waiter.refused('connect', 'is not used any more')
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      // The timer of its deadline may be late, but the upstream's will not be.
      if (connection.deadlineMs > nowMs) return this.#give(connection, waiter)
      connection.destroy()
    }
    if (this.#line.size >= this.#limits.waitingMax) {
      return waiter.refused('saturated', `${this.#line.size} requests wait for a connection already`)
    }
    this.#line.add(waiter)
    this.#open()
  }

  /** The waiter wants none any more. */
  leave(waiter: Waiter): void {
    this.#line.delete(waiter)
  }

  /** A connection that stands right behind a reply is free again. */
  putBack(connection: Connection): void {
    connection.free()
    if (connection.isOpen) this.#serve(connection)
  }

  opened(connection: Connection): void {
    this.#opening.delete(connection)
    if (connection.isOpen) this.#serve(connection)
  }

  closed(connection: Connection, error: Error | undefined): void {
    this.#all.delete(connection)
    const at = this.#idle.lastIndexOf(connection)
    if (at >= 0) this.#idle.splice(at, 1)
    if (this.#opening.delete(connection)) {
      this.#next()?.refused('connect', messageOf(error), error)
    }
    this.#open()
  }

  overdue(connection: Connection): void {
    if (!this.#opening.has(connection)) return connection.destroy()
    connection.socket.destroy(new Error(`the connection did not open within ${this.#limits.connectTimeoutMs} ms`))
  }

  /** Refuses whoever waits and ends what is idle. What is under way goes on, and its connection then ends. */
  close(): void {
    this.#isClosed = true
    const line = [...this.#line]
    this.#line.clear()
    for (const waiter of line) waiter.refused('connect', 'is not used any more')
    for (const connection of [...this.#opening, ...this.#idle]) connection.destroy()
  }

  /** Opens as many as are waited for, and allowed. */
  #open(): void {
    while (this.#opening.size < this.#line.size && this.#all.size < this.#limits.connectionsMax) {
      const connection = new Connection(this.#dialer, this, this.#deadlines)
      this.#all.add(connection)
      this.#opening.add(connection)
      connection.setDeadline(this.#clock.monotonic() + this.#limits.connectTimeoutMs)
    }
  }

  #serve(connection: Connection): void {
    if (this.#isClosed) return connection.destroy()
    const waiter = this.#next()
    if (waiter !== undefined) return this.#give(connection, waiter)
    const timeoutMs = connection.requests === 0 ? this.#limits.idleTimeoutMs : connection.idleTimeoutMs
    connection.setDeadline(this.#clock.monotonic() + timeoutMs)
    this.#idle.push(connection)
  }

  #give(connection: Connection, waiter: Waiter): void {
    connection.requests += 1
    waiter.use(connection)
  }

  #next(): Waiter | undefined {
    const { value } = this.#line.values().next()
    if (value !== undefined) this.#line.delete(value)
    return value
  }
}

function messageOf(error: NodeJS.ErrnoException | undefined): string {
  // When all addresses of a name fail, the error has no message of its own.
  return error?.message || error?.code || 'the connection did not open'
}
