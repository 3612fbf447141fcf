import type { Socket } from 'node:net'
import type { Deadlines, Watched } from './deadlines.ts'
import type { Dialer } from './origin.ts'
import { giveLargeBuffer, ownBufferBytes, takeLargeBuffer } from './read-buffers.ts'

/** Whoever has a connection to itself. */
export interface ConnectionUser {
  /** More is to come than fits a small buffer. */
  readonly isBulk: boolean
  /** @returns false when the bytes are to be kept as they are until `resume` */
  received(bytes: Buffer): boolean
  /** The upstream sends no more. */
  ended(): void
  /** The connection broke. */
  failed(error: Error): void
  /** The deadline that the user has set has passed. */
  overdue(): void
}

/** What the pool wants to know of a connection. */
export interface ConnectionOwner {
  opened(connection: Connection): void
  /** It is of no use any more: once for each connection. @param error undefined when it was ended by us, or in order */
  closed(connection: Connection, error: Error | undefined): void
  /** It did not open, or was idle, for too long. */
  overdue(connection: Connection): void
}

/** One connection to an upstream, which serves one user after the other. */
export class Connection implements Watched {
  readonly socket: Socket
  deadlineMs = Number.POSITIVE_INFINITY
  /** Requests that were sent over it, or begun to be. */
  requests = 0
  /** How long it may be idle; its last reply may have said so. */
  idleTimeoutMs = 0
  user: ConnectionUser | undefined
  readonly #owner: ConnectionOwner
  readonly #deadlines: Deadlines
  readonly #own: Buffer | undefined
  #large: Buffer | undefined
  /** What the socket reads into. */
  #current: Buffer | undefined
  #isPaused = false
  #isClosed = false

  constructor(dialer: Dialer, owner: ConnectionOwner, deadlines: Deadlines) {
    this.#owner = owner
    this.#deadlines = deadlines
    const opened = () => owner.opened(this)
    if (dialer.isSecure) {
      this.socket = dialer.openSecure(opened)
      // TLS delivers what it has deciphered even when it was told to stop: the stream keeps it.
      this.socket.on('data', (bytes: Buffer) => {
        if (!this.#read(bytes)) this.socket.pause()
      })
    } else {
      this.#own = Buffer.allocUnsafeSlow(ownBufferBytes)
      const callback = (count: number, bytes: Uint8Array) => this.#read((bytes as Buffer).subarray(0, count))
      this.socket = dialer.openPlain({ buffer: () => this.#nextBuffer(), callback }, opened)
    }
    this.socket.on('error', (error) => this.#fail(error))
    this.socket.on('end', () => this.#end())
    // Whatever way a socket ends, it is known then; mostly it was known before.
    this.socket.on('close', () => this.#isClosed || this.#fail(new Error('the connection was closed')))
    deadlines.add(this)
  }

  /** Nothing has gone wrong so far. */
  get isOpen(): boolean {
    return !this.#isClosed
  }

  setDeadline(deadlineMs: number): void {
    this.#deadlines.set(this, deadlineMs)
  }

  overdue(): void {
    if (this.user !== undefined) this.user.overdue()
    else this.#owner.overdue(this)
  }

  /** The user is done with the bytes that it was given, and wants more. */
  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.socket.resume()
  }

  /** The user is done with the connection, which stands right behind a reply. */
  free(): void {
    this.user = undefined
    if (this.#large !== this.#current) this.#giveBackLarge()
    this.resume()
  }

  /** Ends it, whatever is under way. Its user is not told. Buffers are left to the garbage collector: somebody may hold bytes. */
  destroy(): void {
    this.user = undefined
    this.#close(undefined)
    this.socket.destroy()
  }

  #read(bytes: Buffer): boolean {
    if (this.user === undefined) {
      // Bytes that nobody asked for: the next reply would not be the one to its request.
      this.destroy()
      return true
    }
    this.#isPaused = !this.user.received(bytes)
    return !this.#isPaused
  }

  /** Asked for after each read. The bytes of the last one may still be held. */
  #nextBuffer(): Buffer {
    if (this.user?.isBulk) {
      this.#large ??= takeLargeBuffer()
      this.#current = this.#large
    } else {
      this.#current = this.#own as Buffer
      if (!this.#isPaused) this.#giveBackLarge()
    }
    return this.#current
  }

  #giveBackLarge(): void {
    if (this.#large === undefined) return
    giveLargeBuffer(this.#large)
    this.#large = undefined
  }

  #end(): void {
    const user = this.user
    if (user === undefined) return this.destroy()
    user.ended()
  }

  #fail(error: Error): void {
    const user = this.user
    this.user = undefined
    this.#close(error)
    user?.failed(error)
  }

  #close(error: Error | undefined): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#deadlines.remove(this)
    this.#owner.closed(this, error)
  }
}
