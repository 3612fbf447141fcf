import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SimClock } from '../../../sim/sim-clock.ts'
import { settled } from '../../../test/support/waiting.ts'
import { AttemptError } from '../../core/attempt.ts'
import { upstreamLimits } from '../limits.ts'
import type { Connection, ConnectionUser } from './connection.ts'
import type { ConnectionPool } from './connection-pool.ts'
import { Deadlines } from './deadlines.ts'
import { HttpExchange } from './http-exchange.ts'

/** What came of an exchange whose reply was these bytes, and then the end of the connection. */
interface Outcome {
  status?: number
  headers?: Record<string, string>
  body: string
  fault?: string
  isReusable: boolean
}

/** A connection without a socket, which reads each piece into the same memory, and spoils it as soon as that is allowed. */
class FakeConnection {
  readonly requests = 1
  readonly socket = { write: () => true, cork() {}, uncork() {}, errored: null, writableLength: 0 }
  user: ConnectionUser | undefined
  isDestroyed = false
  idleTimeoutMs = 0
  #memory = Buffer.alloc(4096)
  #isPaused = false

  setDeadline(): void {}

  resume(): void {
    this.#isPaused = false
    this.#memory.fill('!')
  }

  destroy(): void {
    this.user = undefined
    this.isDestroyed = true
  }

  async deliver(reads: readonly Buffer[]): Promise<void> {
    for (const read of reads) {
      await settled()
      while (this.#isPaused && this.user !== undefined) await settled()
      // Bytes that nobody asked for.
      if (this.user === undefined) return this.destroy()
      read.copy(this.#memory)
      this.#isPaused = !this.user.received(this.#memory.subarray(0, read.length))
      if (!this.#isPaused) this.#memory.fill('!')
    }
    while (this.#isPaused && this.user !== undefined) await settled()
    this.user?.ended()
  }
}

async function outcomeOf(reads: readonly Buffer[], method: string, isSlow: boolean): Promise<Outcome> {
  const connection = new FakeConnection()
  let isPutBack = false
  const pool = {
    acquire: (exchange: HttpExchange) => exchange.use(connection as unknown as Connection),
    leave() {},
    putBack() {
      isPutBack = true
      connection.user = undefined
      connection.resume()
    },
  }
  const clock = new SimClock()
  const parts = {
    upstream: 'u',
    deadlines: new Deadlines(clock),
    clock,
    limits: upstreamLimits,
    underWay: new Set<HttpExchange>(),
  }
  const request = { method, target: '/', headers: [] }
  const signal = new AbortController().signal
  const exchange = new HttpExchange({ ...parts, pool: pool as unknown as ConnectionPool }, request, signal)
  const outcome: Outcome = { body: '', isReusable: false }
  const write = (chunk: Uint8Array): Promise<void> | undefined => {
    if (!isSlow) return void take(chunk)
    return settled().then(() => take(chunk))
  }
  const take = (chunk: Uint8Array) => {
    outcome.body += Buffer.from(chunk).toString('latin1')
  }
  const read = async () => {
    try {
      const reply = await exchange.run()
      outcome.status = reply.status
      outcome.headers = Object.fromEntries(reply.headers.entries())
      await reply.readInto({ write })
    } catch (error) {
      assert.ok(error instanceof AttemptError, `${error}`)
      outcome.fault = error.fault
    }
  }
  await Promise.all([read(), connection.deliver(reads)])
  outcome.isReusable = isPutBack && !connection.isDestroyed
  return outcome
}

/** Cut at these places, which may be anywhere. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]
  return sorted.slice(1).flatMap((place, index) => {
    const piece = bytes.subarray(sorted[index], place)
    return piece.length === 0 ? [] : [piece]
  })
}

const interim = fc.constantFrom('', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n')
const status = fc.constantFrom(200, 204, 206, 304, 404, 500, 503)
const header = fc.constantFrom('x-a: b', 'ETag: "c"', 'Connection: close', 'x-empty:', 'content-length: 3')
const body = fc.string({ unit: 'grapheme-ascii', maxLength: 60 })

const replyText = fc
  .record({
    interim,
    status,
    headers: fc.array(header, { maxLength: 3 }),
    framing: fc.constantFrom('length', 'chunked', 'close'),
    chunks: fc.array(body, { maxLength: 4 }),
    behind: fc.constantFrom('', '', '', 'HTTP/1.1 200 OK\r\n\r\n'),
  })
  .map(({ interim, status, headers, framing, chunks, behind }) => {
    const whole = chunks.join('')
    const lines = [`HTTP/1.1 ${status} Reason`, ...headers]
    if (framing === 'length') lines.push(`content-length: ${whole.length}`)
    if (framing === 'chunked') lines.push('transfer-encoding: chunked')
    const parts = chunks.filter((chunk) => chunk !== '').map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`)
    const content = framing === 'chunked' ? `${parts.join('')}0\r\n\r\n` : whole
    return `${interim}${lines.join('\r\n')}\r\n\r\n${content}${behind}`
  })

const cuts = fc.array(fc.nat(1000), { maxLength: 12 })
const method = fc.constantFrom('GET', 'GET', 'HEAD', 'PUT')

test('any reply, cut anywhere, for any sink, comes to the same', async () => {
  await fc.assert(
    fc.asyncProperty(replyText, method, cuts, fc.boolean(), async (text, method, cuts, isSlow) => {
      const bytes = Buffer.from(text, 'latin1')
      const whole = await outcomeOf([bytes], method, false)
      assert.deepEqual(await outcomeOf(cut(bytes, cuts), method, isSlow), whole)
    }),
    { numRuns: 300 },
  )
})

test('any reply with a byte changed, added or missing ends somehow, and the same way however it is cut', async () => {
  const change = fc.record({
    at: fc.nat(1000),
    bytes: fc.constantFrom('', '\0', '\r', '\n', ' ', ':', 'x', '9', '\xff'),
  })
  await fc.assert(
    fc.asyncProperty(replyText, change, fc.nat(1), cuts, fc.boolean(), async (text, change, drop, cuts, isSlow) => {
      const at = change.at % text.length
      const bytes = Buffer.from(text.slice(0, at) + change.bytes + text.slice(at + drop), 'latin1')
      const whole = await outcomeOf([bytes], 'GET', false)
      assert.deepEqual(await outcomeOf(cut(bytes, cuts), 'GET', isSlow), whole)
    }),
    { numRuns: 300 },
  )
})

test('a plain reply in single bytes', async () => {
  const text = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\nx-a: b\r\n\r\nhello'
  const reads = [...text].map((one) => Buffer.from(one))
  assert.deepEqual(await outcomeOf(reads, 'GET', true), {
    status: 200,
    headers: { 'content-length': '5', 'x-a': 'b' },
    body: 'hello',
    isReusable: true,
  })
})
