import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ByteSink } from '@headrace/s3'
import { SimClock } from '../../../sim/sim-clock.ts'
import { startScriptedUpstream } from '../../../test/support/scripted-upstream.ts'
import { deferred, settled, until } from '../../../test/support/waiting.ts'
import { assertFault, openClient } from '../../../test/upstream/open-client.ts'
import type { OutgoingBody } from '../exchange.ts'
import { upstreamLimits } from '../limits.ts'

const large = Buffer.from(Array.from({ length: 1_000_000 }, (_, index) => (index * 7 + (index >> 8)) % 251))

/** Sends pieces out of one small buffer, as whoever reads from a socket does. */
function reusing(bytes: Buffer, pieceBytes: number, sizeBytes: number | undefined): OutgoingBody {
  return {
    sizeBytes,
    async sendTo(sink) {
      const piece = Buffer.alloc(pieceBytes)
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        const count = bytes.copy(piece, 0, at, at + pieceBytes)
        await sink.write(piece.subarray(0, count))
        piece.fill('!')
      }
    },
  }
}

const length = (bytes: number) => ['host', 'h', 'content-length', String(bytes)]
const chunked = ['host', 'h', 'transfer-encoding', 'chunked']

const requests: Record<string, { headers: string[]; body: Uint8Array | OutgoingBody; expected: Buffer }> = {
  'in memory': { headers: length(5), body: Buffer.from('hello'), expected: Buffer.from('hello') },
  'in memory, large': { headers: length(large.length), body: large, expected: large },
  'in memory, empty': { headers: length(0), body: Buffer.alloc(0), expected: Buffer.alloc(0) },
  'that streams': { headers: length(large.length), body: reusing(large, 65_536, large.length), expected: large },
  'that streams in chunks': { headers: chunked, body: reusing(large, 65_536, undefined), expected: large },
  'that streams and is empty': {
    headers: length(0),
    body: { sizeBytes: 0, sendTo: async () => {} },
    expected: Buffer.alloc(0),
  },
  'that streams and is empty, in chunks': {
    headers: chunked,
    body: { sizeBytes: undefined, sendTo: async (sink) => sink.write(Buffer.alloc(0)) },
    expected: Buffer.alloc(0),
  },
}
for (const [what, { headers, body, expected }] of Object.entries(requests)) {
  for (const isAsked of [false, true]) {
    if (isAsked && expected.length === 0) continue
    test(`bodies: one ${what} arrives${isAsked ? ', when the upstream wants it' : ''}`, async (t) => {
      const upstream = await startScriptedUpstream(t, [{ body: 'ok', continueDelayMs: 20 }])
      const client = openClient(t, upstream.port)
      const all = isAsked ? [...headers, 'Expect', '100-continue'] : headers
      for (let count = 1; count <= 2; count += 1) {
        assert.equal(await client.text({ method: 'PUT', headers: all, body }), 'ok')
        assert.ok(upstream.requests[count - 1]?.body.equals(expected))
      }
      assert.equal(upstream.accepted, 1)
    })
  }
}

test('bodies: head and body leave in one segment', async (t) => {
  const segments: string[] = []
  const upstream = await startScriptedUpstream(t, [{}])
  const client = openClient(t, upstream.port)
  await client.text()
  for (const socket of upstream.open) socket.on('data', (bytes) => segments.push(bytes.toString('latin1')))
  await client.text({ method: 'PUT', headers: length(2), body: Buffer.from('ab') })
  const streamed: OutgoingBody = { sizeBytes: undefined, sendTo: async (sink) => sink.write(Buffer.from('ab')) }
  await client.text({ method: 'PUT', headers: chunked, body: streamed })
  assert.equal(segments[0], 'PUT / HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\n\r\nab')
  assert.match(segments[1] ?? '', /^PUT \/ HTTP\/1\.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n/)
})

test('expect: an upstream that never answers is sent the body all the same', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body: 'ok', continueDelayMs: 'never' }])
  const clock = new SimClock()
  const client = openClient(t, upstream.port, { clock })
  const headers = [...length(2), 'expect', '100-continue']
  const sent = client.text({ method: 'PUT', headers, body: Buffer.from('ab') })
  await until('the head is there', () => upstream.requests.length === 1)
  clock.advance(upstreamLimits.continueTimeoutMs - 1)
  await settled()
  assert.equal(upstream.requests[0]?.body.length, 0)
  clock.advance(1)
  assert.equal(await sent, 'ok')
  assert.equal(upstream.requests[0]?.body.toString(), 'ab')
})

test('expect: an upstream that refuses the head is not sent the body', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ status: 403, body: 'no', at: 'head', continueDelayMs: 'never' }])
  const client = openClient(t, upstream.port)
  const body: OutgoingBody = { sizeBytes: 2, sendTo: () => assert.fail('nobody asked for it') }
  const reply = await client.send({ method: 'PUT', headers: [...length(2), 'expect', '100-continue'], body })
  assert.equal(reply.status, 403)
  assert.equal((await reply.collect(10)).toString(), 'no')
  await until('the connection is gone: who knows what the upstream waits for', () => upstream.open.size === 0)
  assert.equal(upstream.requests[0]?.body.length, 0)
})

test('early replies: the body stops, the reply is given, and the connection ends', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ status: 413, body: 'too large', at: 'head' }])
  const client = openClient(t, upstream.port)
  const stopped = deferred<unknown>()
  const body: OutgoingBody = {
    sizeBytes: 1_000_000_000,
    async sendTo(sink) {
      try {
        for (;;) {
          await sink.write(large)
          await settled()
        }
      } catch (error) {
        stopped.resolve(error)
        throw error
      }
    },
  }
  const reply = await client.send({ method: 'PUT', headers: length(1_000_000_000), body })
  assert.match(String(await stopped.promise), /has answered before it had it all/)
  assert.equal((await reply.collect(100)).toString(), 'too large')
  assert.equal(client.connections.idle, 0)
})

test('early replies: nobody waits long for a body that does not notice', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ status: 403, at: 'head' }])
  const clock = new SimClock()
  const client = openClient(t, upstream.port, { clock })
  const body: OutgoingBody = { sizeBytes: 10, sendTo: (sink) => stuckAfter(sink, 'x') }
  const sent = client.send({ method: 'PUT', headers: length(10), body })
  await until('the reply is there', async () => {
    clock.advance(100)
    return clock.monotonic() > 10_000
  })
  assert.equal((await sent).status, 403)
})

function stuckAfter(sink: ByteSink, text: string): Promise<void> {
  sink.write(Buffer.from(text))
  return new Promise(() => {})
}

test('a body that fails ends the connection, and the exchange with its error', async (t) => {
  const upstream = await startScriptedUpstream(t)
  const client = openClient(t, upstream.port)
  const gone = new Error('the client is gone')
  const failing: OutgoingBody = {
    sizeBytes: 10,
    async sendTo(sink) {
      await sink.write(Buffer.from('half'))
      throw gone
    },
  }
  await assert.rejects(client.send({ method: 'PUT', headers: length(10), body: failing }), gone)
  const atOnce: OutgoingBody = {
    sizeBytes: 10,
    sendTo() {
      throw gone
    },
  }
  await assert.rejects(client.send({ method: 'PUT', headers: length(10), body: atOnce }), gone)
  await until('the connections are gone', () => upstream.open.size === 0)
  assert.ok(upstream.requests.every(({ isComplete }) => !isComplete))
})

test('a body of another size than was announced is not sent as a whole', async (t) => {
  const upstream = await startScriptedUpstream(t)
  const client = openClient(t, upstream.port)
  const send = (body: OutgoingBody) => client.send({ method: 'PUT', headers: length(10), body })
  const text = (text: string) => async (sink: ByteSink) => sink.write(Buffer.from(text))
  await assert.rejects(send({ sizeBytes: 10, sendTo: text('short') }), /5 bytes shorter than was announced/)
  await assert.rejects(send({ sizeBytes: 10, sendTo: text('much longer') }), /longer than was announced/)
  await until('the connections are gone', () => upstream.open.size === 0)
  assert.ok(upstream.requests.every(({ isComplete }) => !isComplete))
})

test('abort: while the body is sent, it is stopped', async (t) => {
  const upstream = await startScriptedUpstream(t)
  const client = openClient(t, upstream.port)
  const abort = new AbortController()
  const stopped = deferred<unknown>()
  const body: OutgoingBody = {
    sizeBytes: 10,
    async sendTo(sink) {
      await sink.write(Buffer.from('x'))
      await until('it was aborted', () => abort.signal.aborted)
      try {
        await sink.write(Buffer.from('x'))
      } catch (error) {
        stopped.resolve(error)
        throw error
      }
    },
  }
  const sent = client.send({ method: 'PUT', headers: length(10), body }, abort.signal)
  sent.catch(() => {})
  await until('it has begun', () => upstream.requests[0]?.body.length === 1)
  const reason = new Error('enough')
  abort.abort(reason)
  await assert.rejects(sent, reason)
  assert.equal(await stopped.promise, reason)
})

test('a connection that breaks while the body is sent stops it', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ raw: '', at: 'head', ending: 'reset' }])
  const client = openClient(t, upstream.port)
  const stopped = deferred<unknown>()
  const body: OutgoingBody = {
    sizeBytes: 1_000_000_000,
    async sendTo(sink) {
      try {
        for (;;) {
          await sink.write(large)
          await settled()
        }
      } catch (error) {
        stopped.resolve(error)
        throw error
      }
    },
  }
  const error = await assertFault(client.send({ method: 'PUT', headers: length(1_000_000_000), body }), 'reset')
  assert.equal(error.wasSent, true)
  assert.equal(await stopped.promise, error)
})
