import assert from 'node:assert/strict'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { SimClock } from '../../../sim/sim-clock.ts'
import { certificateOne } from '../../../test/support/certificates.ts'
import { startScriptedUpstream } from '../../../test/support/scripted-upstream.ts'
import { deferred, settled, until } from '../../../test/support/waiting.ts'
import { assertFault, openClient } from '../../../test/upstream/open-client.ts'
import { upstreamLimits } from '../limits.ts'

const nowhere = { write: () => undefined }

function countingSink() {
  const sink = {
    bytes: 0,
    write(chunk: Uint8Array) {
      sink.bytes += chunk.length
      return undefined
    },
  }
  return sink
}

test('connect timeout: an upstream that accepts and says nothing of TLS', async (t) => {
  const upstream = await startScriptedUpstream(t, ['stall'])
  const clock = new SimClock()
  const client = openClient(t, upstream.port, { clock, tls: { ca: certificateOne.cert } })
  const sent = client.send()
  await until('the connection is open', () => upstream.accepted === 1)
  clock.advance(upstreamLimits.connectTimeoutMs)
  const error = await assertFault(sent, 'connect', /did not open within 2500 ms/)
  assert.equal(error.wasSent, false)
})

test('first byte: no reply in time', async (t) => {
  const upstream = await startScriptedUpstream(t, ['stall'])
  const clock = new SimClock()
  const client = openClient(t, upstream.port, { clock, limits: { firstByteTimeoutMs: 700 } })
  const sent = client.send()
  await upstream.received(1)
  clock.advance(699)
  await settled()
  clock.advance(1)
  const error = await assertFault(sent, 'timeout', /no reply within 700 ms/)
  assert.equal(error.wasSent, true)
  await until('the upstream sees it', () => upstream.open.size === 0)
})

test('first byte: a head that does not end is no reply', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ raw: 'HTTP/1.1 200 OK\r\n', ending: 'stall' }])
  const clock = new SimClock()
  const client = openClient(t, upstream.port, { clock })
  const sent = client.send()
  await upstream.received(1)
  clock.advance(upstreamLimits.firstByteTimeoutMs)
  await assertFault(sent, 'timeout')
})

test('stall: nothing comes any more', async (t) => {
  const body = Buffer.alloc(100_000)
  const upstream = await startScriptedUpstream(t, [{ body, breakAfterBytes: 70_000, ending: 'stall' }])
  const clock = new SimClock()
  const client = openClient(t, upstream.port, { clock })
  const reply = await client.send()
  // As long as nobody reads, nobody waits for the upstream.
  clock.advance(3_600_000)
  const sink = countingSink()
  const reading = reply.readInto(sink)
  reading.catch(() => {})
  await until('what there is has come', () => sink.bytes === 70_000)
  clock.advance(upstreamLimits.stallTimeoutMs - 1)
  await settled()
  assert.equal(client.connections.busy, 1)
  clock.advance(1)
  await assertFault(reading, 'stalled', /nothing came any more after 70000 of 100000 bytes/)
  await until('the upstream sees it', () => upstream.open.size === 0)
})

test('stall: a sink that takes its time is not the fault of the upstream', async (t) => {
  const body = Buffer.alloc(1_000_000, 'x')
  const upstream = await startScriptedUpstream(t, [{ body }])
  const clock = new SimClock()
  const client = openClient(t, upstream.port, { clock })
  let bytes = 0
  const write = async (chunk: Uint8Array) => {
    await settled()
    clock.advance(60_000)
    bytes += chunk.length
  }
  await (await client.send()).readInto({ write })
  assert.equal(bytes, body.length)
})

test('stall: replies to what is not read have as much time as for the first byte', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body: 'x', bodyDelayMs: 20_000 }])
  const clock = new SimClock()
  upstream.script = async () => {
    setTimeout(() => clock.advance(20_000), 50)
    return { body: '<Complete/>', bodyDelayMs: 150 }
  }
  const client = openClient(t, upstream.port, { clock })
  assert.equal(await client.text({ method: 'POST' }), '<Complete/>')
  await assertFault(client.text(), 'stalled')
})

test('trickle: a body that comes, but too slowly', async (t) => {
  const clock = new SimClock()
  const upstream = await startScriptedUpstream(
    t,
    [{ body: Buffer.alloc(50_000), pieceBytes: 1_000, pieceDelayMs: 100 }],
    { clock },
  )
  const limits = { bodyBytesMin: 20_000, bodyCheckMs: 1_000 }
  const client = openClient(t, upstream.port, { clock, limits })
  const read = async () => {
    const sink = countingSink()
    const reading = (await client.send()).readInto(sink)
    let isOver = false
    const over = () => {
      isOver = true
    }
    reading.then(over, over)
    for (let sent = 1_000; !isOver; sent += 1_000) {
      await until('the next piece has come', () => sink.bytes >= sent || isOver)
      clock.advance(100)
    }
    return await reading
  }
  await assertFault(read(), 'stalled', /only \d+ bytes in \d+ ms came, after \d+ of 50000 bytes/)
  // Where a group knows its upstreams to be slow, it is let through.
  client.limits.bodyBytesMin = 5_000
  await read()
})

test('abandon: a rest that does not come is not waited for', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body: 'abc', breakAfterBytes: 1, ending: 'stall' }])
  const clock = new SimClock()
  const client = openClient(t, upstream.port, { clock })
  const reply = await client.send()
  reply.abandon()
  await settled()
  clock.advance(upstreamLimits.abandonedTimeoutMs)
  assert.equal(client.connections.busy, 0)
  await assert.rejects(reply.readInto(nowhere))
})

/** An upstream that accepts connections and reads nothing. */
async function startDeafUpstream(t: { after(action: () => void): void }): Promise<number> {
  const sockets: Socket[] = []
  const server = createServer({ pauseOnConnect: true }, (socket) => sockets.push(socket))
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

test('send timeout: an upstream that takes no more of the request', async (t) => {
  const port = await startDeafUpstream(t)
  const clock = new SimClock()
  const client = openClient(t, port, { clock })
  const whole = client.send({ method: 'PUT', body: Buffer.alloc(32_000_000) })
  const refused = deferred<unknown>()
  let bytes = 0
  const streamed = client.send({
    method: 'PUT',
    body: {
      sizeBytes: undefined,
      async sendTo(sink) {
        try {
          for (;;) {
            await sink.write(Buffer.alloc(100_000))
            bytes += 100_000
          }
        } catch (error) {
          refused.resolve(error)
          throw error
        }
      },
    },
  })
  const all = Promise.allSettled([whole, streamed])
  let before = -1
  await until('both are full', async () => {
    const isFull = bytes > 0 && bytes === before
    before = bytes
    await new Promise((resolve) => setTimeout(resolve, 50))
    return isFull
  })
  clock.advance(upstreamLimits.sendTimeoutMs)
  await all
  const error = await assertFault(whole, 'timeout', /took nothing of the request for 30000 ms/)
  assert.equal(error.wasSent, true)
  assert.equal(await assertFault(streamed, 'timeout'), await refused.promise)
})
