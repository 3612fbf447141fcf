import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ScriptedReply, startScriptedUpstream } from '../../../test/support/scripted-upstream.ts'
import { deferred, settled, until } from '../../../test/support/waiting.ts'
import { assertFault, openClient } from '../../../test/upstream/open-client.ts'

const nowhere = { write: () => undefined }

test('connect: nobody listens', async (t) => {
  const upstream = await startScriptedUpstream(t)
  await upstream.close()
  const client = openClient(t, upstream.port)
  const results = await Promise.allSettled([client.send(), client.send(), client.send()])
  for (const result of results) {
    assert.equal(result.status, 'rejected')
    const error = await assertFault(Promise.reject(result.reason), 'connect', /ECONNREFUSED/)
    assert.equal(error.wasSent, false)
  }
})

test('connect: a name with several addresses', async (t) => {
  const upstream = await startScriptedUpstream(t)
  await upstream.close()
  await assertFault(openClient(t, upstream.port, { host: 'localhost' }).send(), 'connect', /ECONNREFUSED/)
})

test('connect: a name that is none', async (t) => {
  const client = openClient(t, 80, { host: 'nowhere.invalid' })
  await assertFault(client.send(), 'connect')
})

const noReply: Record<string, { reply: ScriptedReply; message: RegExp }> = {
  'reset before it': { reply: { raw: '', ending: 'reset' }, message: /ended before a reply came/ },
  'closed before it': { reply: { raw: '', ending: 'close' }, message: /ended before a reply came/ },
  'reset in its head': {
    reply: { raw: 'HTTP/1.1 200 OK\r\ncont', ending: 'reset' },
    message: /behind "HTTP\/1\.1 200/,
  },
  'closed in its head': { reply: { raw: 'HTTP/1.1 200 OK\r\n', ending: 'close' }, message: /behind "HTTP\/1\.1 200/ },
  'closed after an interim one': {
    reply: { raw: 'HTTP/1.1 100 Continue\r\n\r\n', ending: 'close' },
    message: /before/,
  },
}

for (const [what, { reply, message }] of Object.entries(noReply)) {
  test(`no reply: ${what}`, async (t) => {
    const upstream = await startScriptedUpstream(t, [reply])
    const client = openClient(t, upstream.port)
    const error = await assertFault(client.send(), 'reset', message)
    assert.equal(error.wasSent, true)
    assert.equal(client.connections.busy, 0)
  })
}

const garbage: Record<string, { raw: string; message: RegExp }> = {
  'another protocol': { raw: 'SSH-2.0-OpenSSH\r\n', message: /no reply of HTTP\/1\.1 begins with "SSH-2\.0"/ },
  'a head without an end': { raw: `HTTP/1.1 200 OK\r\na: ${'b'.repeat(40_000)}`, message: /longer than 32768 bytes/ },
  'a folded header': { raw: 'HTTP/1.1 200 OK\r\na: b\r\n c\r\n\r\n', message: /folded/ },
  'conflicting lengths': {
    raw: 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na',
    message: /conflicting content-length: "1,2"/,
  },
  'a length and chunks': {
    raw: 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    message: /content-length and a transfer-encoding/,
  },
  'a change of protocol': { raw: 'HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n', message: /changed the protocol/ },
  'interim replies without end': { raw: 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(17), message: /more than 16 interim/ },
}

for (const [what, { raw, message }] of Object.entries(garbage)) {
  test(`garbage: ${what} ends the connection`, async (t) => {
    const upstream = await startScriptedUpstream(t, [{ raw }])
    const client = openClient(t, upstream.port)
    const error = await assertFault(client.send(), 'reset', message)
    assert.equal(error.wasSent, true)
    await until('the upstream sees it', () => upstream.open.size === 0)
  })
}

const body = Buffer.alloc(300_000, 'x')
const broken: Record<string, { reply: ScriptedReply; message: RegExp }> = {
  'a reset at a byte': {
    reply: { body, breakAfterBytes: 100_000 },
    message: /connection broke after \d+ of 300000 bytes/,
  },
  'an early end': {
    reply: { body, breakAfterBytes: 100_000, ending: 'close' },
    message: /closed the connection after 100000 of 300000 bytes/,
  },
  'an end without a byte': { reply: { body, breakAfterBytes: 0, ending: 'close' }, message: /after 0 of 300000/ },
  'an early end of chunks': {
    reply: { body, framing: 'chunked', breakAfterBytes: 100_000, ending: 'close' },
    message: /closed the connection after 100000 bytes/,
  },
  'chunks without the last one': {
    reply: { body: 'x', framing: 'chunked', breakAfterBytes: 6, ending: 'close' },
    message: /closed the connection/,
  },
  'a reset of one that ends with the connection': {
    reply: { body, framing: 'close', breakAfterBytes: 100_000 },
    message: /broke after/,
  },
  'garbage between chunks': {
    reply: { raw: 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n' },
    message: /a chunk is longer than its size/,
  },
}

for (const [what, { reply, message }] of Object.entries(broken)) {
  test(`truncated: ${what}`, async (t) => {
    const upstream = await startScriptedUpstream(t, [{ status: 206, ...reply }, { body: 'good' }])
    const client = openClient(t, upstream.port)
    const first = await client.send()
    const error = await assertFault(first.readInto(nowhere), 'truncated', message)
    assert.equal(error.wasSent, true)
    assert.equal(error.status, first.status)
    assert.equal(first.lastByteMs, undefined)
    await assert.rejects(first.readInto(nowhere))
    assert.equal(await client.text(), 'good')
  })
}

test('truncated: one that broke before it was read fails when it is', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body, breakAfterBytes: 0, ending: 'close' }])
  const client = openClient(t, upstream.port)
  const reply = await client.send()
  await until('the connection is gone', () => client.connections.busy === 0)
  await assertFault(reply.readInto(nowhere), 'truncated')
})

test('collect: a body that is larger than it may be', async (t) => {
  const upstream = await startScriptedUpstream(t, (_, index) => ({ body, framing: index === 0 ? 'length' : 'chunked' }))
  const client = openClient(t, upstream.port)
  for (let count = 0; count < 2; count += 1) {
    await assertFault((await client.send()).collect(1000), 'truncated', /larger than 1000 bytes/)
  }
  await until('the connections are gone', () => upstream.open.size === 0)
})

test('sinks: one that throws or rejects ends the connection, and the reader has its error', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body }])
  const client = openClient(t, upstream.port)
  const full = new Error('the disk is full')
  const throwing = () => {
    throw full
  }
  await assert.rejects((await client.send()).readInto({ write: throwing }), full)
  await assert.rejects((await client.send()).readInto({ write: () => Promise.reject(full) }), full)
  await until('the connections are gone', () => upstream.open.size === 0)
})

test('abort: before it begins', async (t) => {
  const upstream = await startScriptedUpstream(t)
  const client = openClient(t, upstream.port)
  await assert.rejects(client.send({}, AbortSignal.abort(new Error('too late'))), /too late/)
  assert.equal(upstream.accepted, 0)
})

test('abort: while the connection opens, which then serves another', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body: 'ok' }])
  const client = openClient(t, upstream.port)
  const abort = new AbortController()
  const gone = client.send({}, abort.signal)
  const reason = new Error('the client is gone')
  abort.abort(reason)
  await assert.rejects(gone, reason)
  assert.equal(await client.text(), 'ok')
  assert.equal(upstream.accepted, 1)
})

test('abort: while the reply is waited for', async (t) => {
  const upstream = await startScriptedUpstream(t, ['stall'])
  const client = openClient(t, upstream.port)
  const abort = new AbortController()
  const gone = client.send({}, abort.signal)
  await upstream.received(1)
  abort.abort()
  await assert.rejects(gone, { name: 'AbortError' })
  await until('the upstream sees it', () => upstream.open.size === 0)
})

test('abort: between head and body, and in the body', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body }])
  const client = openClient(t, upstream.port)
  const abort = new AbortController()
  const unread = await client.send({}, abort.signal)
  const read = await client.send({}, abort.signal)
  const gate = deferred()
  const reading = read.readInto({ write: () => gate.promise })
  let isOver = false
  reading.catch(() => {
    isOver = true
  })
  abort.abort()
  await assert.rejects(unread.readInto(nowhere), { name: 'AbortError' })
  await until('the upstream sees it', () => upstream.open.size === 0)
  await settled()
  assert.equal(isOver, false, 'the sink still has bytes')
  gate.resolve()
  await assert.rejects(reading, { name: 'AbortError' })
})

test('abort: afterwards it means nothing', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body: 'ok' }])
  const client = openClient(t, upstream.port)
  const abort = new AbortController()
  const reply = await client.send({}, abort.signal)
  await reply.collect(2)
  abort.abort()
  assert.equal(client.connections.idle, 1)
})

test('stale connections: a request that could not even be written goes over another one', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body: 'ok' }])
  const client = openClient(t, upstream.port)
  await client.text()
  // Its end is on this machine already, but nobody has told the client.
  upstream.cut('reset')
  assert.equal(client.connections.idle, 1)
  assert.equal(await client.text({ method: 'POST', body: Buffer.from('once') }), 'ok')
  assert.equal(upstream.accepted, 2)
  assert.equal(upstream.requests.length, 2)
})

test('stale connections: a request that was written may have been done, and is not sent again', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body: 'ok' }])
  const client = openClient(t, upstream.port)
  await client.text()
  upstream.cut('close')
  const error = await assertFault(client.send(), 'reset', /ended before a reply came/)
  assert.equal(error.wasSent, true)
})
