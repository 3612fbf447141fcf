import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ByteSink } from '@headrace/s3'
import { type Ending, type ScriptedReply, startScriptedUpstream } from '../../../test/support/scripted-upstream.ts'
import { deferred, settled, until } from '../../../test/support/waiting.ts'
import { openClient } from '../../../test/upstream/open-client.ts'
import { AttemptError } from '../../core/attempt.ts'

/** Bytes that tell where they are. */
function patternBytes(count: number): Buffer {
  const bytes = Buffer.allocUnsafe(count)
  for (let at = 0; at < count; at += 1) bytes[at] = (at * 31 + (at >> 8) * 7 + (at >> 16)) % 251
  return bytes
}

test('exchange: what is sent and what comes back', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ status: 206, headers: ['ETag', '"x"'], body: 'hello' }])
  const client = openClient(t, upstream.port)
  const reply = await client.send({ target: '/b/k?versionId=1', headers: ['host', 'h', 'X-Amz-Meta-A', 'é'] })
  assert.equal(reply.status, 206)
  assert.equal(reply.headers.get('etag'), '"x"')
  assert.equal(reply.bodyBytes, 5)
  assert.ok(reply.firstByteMs >= 0)
  assert.equal((await reply.collect(5)).toString(), 'hello')
  const [request] = upstream.requests
  assert.equal(request?.method, 'GET')
  assert.equal(request?.target, '/b/k?versionId=1')
  assert.deepEqual(request?.rawHeaders, ['host', 'h', 'X-Amz-Meta-A', 'é'])
})

test('exchange: a request that would be understood otherwise is not sent', async (t) => {
  const upstream = await startScriptedUpstream(t)
  const client = openClient(t, upstream.port)
  await assert.rejects(client.send({ target: '/a b' }), /not a request line/)
  await assert.rejects(client.send({ target: '/a\r\nx: y' }), /not a request line/)
  await assert.rejects(client.send({ method: 'GET /x' }), /not a request line/)
  await assert.rejects(client.send({ headers: ['a', 'b\r\nc: d'] }), /not a header that can be sent: "a"/)
  await assert.rejects(client.send({ headers: ['a:', 'b'] }), /not a header/)
  assert.equal(upstream.accepted, 0)
})

const large = patternBytes(3_000_000)
const bodies: Record<string, { reply: ScriptedReply; body: Buffer }> = {
  'with a length': { reply: { body: large }, body: large },
  'in chunks': { reply: { body: large, framing: 'chunked', pieceBytes: 50_000 }, body: large },
  'that ends with the connection': { reply: { body: large, framing: 'close' }, body: large },
  'that is empty': { reply: {}, body: Buffer.alloc(0) },
  'that is empty, in chunks': { reply: { framing: 'chunked' }, body: Buffer.alloc(0) },
  'that is empty, and ends with the connection': { reply: { framing: 'close' }, body: Buffer.alloc(0) },
}

for (const [what, { reply, body }] of Object.entries(bodies)) {
  test(`bodies: one ${what} comes as it is, to quick sinks and slow ones`, async (t) => {
    const upstream = await startScriptedUpstream(t, [reply])
    const client = openClient(t, upstream.port)
    const quick: Buffer[] = []
    await (await client.send()).readInto({ write: (chunk) => void quick.push(Buffer.from(chunk)) })
    assert.ok(Buffer.concat(quick).equals(body))
    const slow: Buffer[] = []
    const write = async (chunk: Uint8Array) => {
      await settled()
      slow.push(Buffer.from(chunk))
    }
    await (await client.send()).readInto({ write })
    assert.ok(Buffer.concat(slow).equals(body))
    const reader = await client.send()
    await settled()
    assert.ok((await reader.collect(body.length)).equals(body), 'whoever begins late misses nothing')
    assert.equal(upstream.accepted, reply.framing === 'close' ? 3 : 1)
  })
}

test('bodies: several large ones at once do not mix', async (t) => {
  const offsetOf = (index: number) => index * 1000
  const upstream = await startScriptedUpstream(t, ({ target }) => {
    const index = Number(target.slice(1))
    return { body: large.subarray(offsetOf(index)), framing: index % 3 === 0 ? 'chunked' : 'length' }
  })
  const client = openClient(t, upstream.port, { limits: { connectionsMax: 8 } })
  const readOne = async (index: number) => {
    const reply = await client.send({ target: `/${index}` })
    let at = offsetOf(index)
    await reply.readInto({
      async write(chunk) {
        await settled()
        assert.ok(large.subarray(at, at + chunk.length).equals(chunk), `different at ${at}`)
        at += chunk.length
      },
    })
    assert.equal(at, large.length)
  }
  await Promise.all(Array.from({ length: 24 }, (_, index) => readOne(index)))
})

test('bodies: while the sink is busy, nothing is read', async (t) => {
  const body = patternBytes(64_000_000)
  const upstream = await startScriptedUpstream(t, [{ body }])
  const client = openClient(t, upstream.port)
  const reply = await client.send()
  const gate = deferred()
  let bytes = 0
  const done = reply.readInto({
    write(chunk) {
      bytes += chunk.length
      return gate.promise
    },
  })
  await until('the upstream cannot send any more', async () => {
    const [socket] = upstream.open
    const before = socket?.writableLength
    await new Promise((resolve) => setTimeout(resolve, 50))
    return socket?.writableLength === before
  })
  assert.ok(bytes <= 256 * 1024, `${bytes} bytes were passed on`)
  gate.resolve()
  await done
  assert.equal(bytes, body.length)
})

test('replies: those without a body leave the connection where it is', async (t) => {
  const upstream = await startScriptedUpstream(t, [
    { headers: ['content-length', '12'] },
    { status: 204 },
    { status: 304, headers: ['content-length', '12'] },
    { body: 'end' },
  ])
  const client = openClient(t, upstream.port)
  const head = await client.send({ method: 'HEAD' })
  assert.equal(head.headers.get('content-length'), '12')
  assert.equal(head.bodyBytes, 0)
  assert.equal((await head.collect(0)).length, 0)
  // Their connections are free at once: nobody has to read what is not there.
  assert.equal((await client.send({ method: 'DELETE' })).status, 204)
  assert.equal((await client.send()).status, 304)
  assert.equal(await client.text(), 'end')
  assert.equal(upstream.accepted, 1)
})

test('replies: interim ones are passed over', async (t) => {
  const raw =
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
  const upstream = await startScriptedUpstream(t, [{ raw }])
  const client = openClient(t, upstream.port)
  assert.equal(await client.text(), 'ok')
})

test('replies: first and last byte are seen apart', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body: 'late', bodyDelayMs: 60 }, { body: 'at once' }])
  const client = openClient(t, upstream.port)
  const late = await client.send()
  assert.equal(late.lastByteMs, undefined)
  await late.collect(10)
  const { lastByteMs = 0 } = late
  assert.ok(lastByteMs - late.firstByteMs >= 50)
  const atOnce = await client.send()
  await atOnce.collect(10)
  assert.equal(atOnce.lastByteMs, atOnce.firstByteMs)
})

test('connections: kept, unless the reply says otherwise', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body: 'a' }, { body: 'b', headers: ['connection', 'close'] }, {}])
  const client = openClient(t, upstream.port)
  for (const expected of ['a', 'b', '', '']) assert.equal(await client.text(), expected)
  assert.deepEqual(
    upstream.requests.map(({ connection }) => connection),
    [0, 0, 1, 1],
  )
})

test('connections: bytes behind a reply end it, but the reply is good', async (t) => {
  const raw = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil'
  const upstream = await startScriptedUpstream(t, [{ raw }, { body: 'good' }])
  const client = openClient(t, upstream.port)
  assert.equal(await client.text(), 'ok')
  assert.equal(await client.text(), 'good')
  assert.equal(upstream.accepted, 2)
})

test('connections: bytes that come while it is idle end it', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body: 'ok' }])
  const client = openClient(t, upstream.port)
  await client.text()
  upstream.blurt('HTTP/1.1 408 Request Timeout\r\n\r\n')
  await until('the connection is gone', () => client.connections.idle === 0)
  assert.equal(await client.text(), 'ok')
  assert.equal(upstream.accepted, 2)
})

test('connections: one that the upstream closes while it is idle is not used again', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body: 'ok' }])
  const client = openClient(t, upstream.port)
  for (const ending of ['close', 'reset'] as const) {
    await client.text()
    upstream.cut(ending)
    await until('the connection is gone', () => client.connections.idle === 0)
  }
  await client.text()
  assert.equal(upstream.accepted, 3)
})

test('abandon: a small rest is read away, a large one ends the connection', async (t) => {
  const upstream = await startScriptedUpstream(t, (_, index) => ({
    body: large.subarray(0, index === 0 ? 60_000 : 600_000),
  }))
  const client = openClient(t, upstream.port)
  for (let count = 0; count < 2; count += 1) {
    const reply = await client.send()
    reply.abandon()
    reply.abandon()
    await until('it is over', () => client.connections.busy === 0)
    assert.equal(client.connections.idle, 1 - count)
  }
})

test('abandon: chunks are read away as long as they are few', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body: 'few', framing: 'chunked' }])
  const client = openClient(t, upstream.port)
  const reply = await client.send()
  reply.abandon()
  await until('the connection is free', () => client.connections.idle === 1)
})

test('close: idle connections end, what is under way goes on, and no more is taken', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body: large }])
  const client = openClient(t, upstream.port)
  const idle = await client.send()
  const busy = await client.send()
  await idle.collect(large.length)
  assert.deepEqual(client.connections, { opening: 0, idle: 1, busy: 1, waiting: 0 })
  client.close()
  await assert.rejects(client.send(), /is not used any more/)
  assert.ok((await busy.collect(large.length)).equals(large))
  assert.deepEqual(client.connections, { opening: 0, idle: 0, busy: 0, waiting: 0 })
  await until('the upstream sees it', () => upstream.open.size === 0)
})

test('breakOffReads: reads that wait for a silent upstream fail at once, writes wait on', async (t) => {
  const upstream = await startScriptedUpstream(t, [
    { body: large, breakAfterBytes: 30_000, ending: 'stall' },
    { headDelayMs: 300, body: 'read' },
    { headDelayMs: 300, body: 'written' },
  ])
  const client = openClient(t, upstream.port)
  const body = (await client.send()).collect(large.length)
  const head = client.send()
  await until('the second is there', () => upstream.requests.length === 2)
  const write = client.send({ method: 'PUT', headers: ['host', 'h', 'content-length', '1'], body: Buffer.from('x') })
  await until('the third is there', () => upstream.requests.length === 3)
  client.breakOffReads()
  await assert.rejects(body, { fault: 'stalled', wasSent: true })
  await assert.rejects(head, { fault: 'timeout', wasSent: true })
  assert.equal((await (await write).collect(10)).toString(), 'written')
  client.breakOffReads()
})

/** What an upstream may do to a request; the body, when all of it comes, is the same. */
const behaviours = [
  {},
  { framing: 'chunked' },
  { framing: 'close' },
  { headDelayMs: 3 },
  { bodyDelayMs: 3 },
  { pieceBytes: 20_000, pieceDelayMs: 1 },
  { headers: ['connection', 'close'] },
  { headers: ['keep-alive', 'timeout=1'] },
  { at: 'head' },
  { breakAfterBytes: 0 },
  { breakAfterBytes: 30_000 },
  { breakAfterBytes: 30_000, ending: 'close' },
  { raw: 'HTTP/1.1 200 OK\r\n', ending: 'close' },
  { raw: 'gibberish', ending: 'close' },
  { ending: 'reset' },
  'reset',
  'close',
] as const satisfies (ScriptedReply | Ending)[]

test('all at once: whatever the upstream does, a body is right or fails, and nothing is left behind', async (t) => {
  const body = patternBytes(60_000)
  const upstream = await startScriptedUpstream(t, (_, index) => {
    const does = behaviours[(index * 7 + (index >> 4)) % behaviours.length] as ScriptedReply | Ending
    return typeof does === 'string' ? does : { ...does, body }
  })
  const client = openClient(t, upstream.port, { limits: { connectionsMax: 6 } })
  const counts = { right: 0, failed: 0 }
  const once = async (index: number) => {
    const abort = new AbortController()
    if (index % 11 === 0) setTimeout(() => abort.abort(), index % 5)
    const upload = { sizeBytes: undefined, sendTo: async (sink: ByteSink) => void (await sink.write(body)) }
    const request = index % 3 === 0 ? { method: 'PUT', headers: ['transfer-encoding', 'chunked'], body: upload } : {}
    try {
      const reply = await client.send(request, abort.signal)
      if (index % 13 === 0) return reply.abandon()
      const parts: Buffer[] = []
      await reply.readInto({
        async write(chunk) {
          if (index % 2 === 0) await settled()
          parts.push(Buffer.from(chunk))
        },
      })
      assert.ok(Buffer.concat(parts).equals(body))
      counts.right += 1
    } catch (error) {
      assert.ok(error instanceof AttemptError || abort.signal.aborted, String(error))
      counts.failed += 1
    }
  }
  await Promise.all(Array.from({ length: 400 }, (_, index) => once(index)))
  assert.ok(counts.right > 100 && counts.failed > 50, JSON.stringify(counts))
  await until('all is over', () => client.connections.busy + client.connections.waiting === 0)
  client.close()
  await until('the upstream sees it', () => upstream.open.size === 0)
})
