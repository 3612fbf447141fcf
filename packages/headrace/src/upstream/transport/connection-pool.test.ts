import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimClock } from '../../../sim/sim-clock.ts'
import { startScriptedUpstream } from '../../../test/support/scripted-upstream.ts'
import { deferred, settled, until } from '../../../test/support/waiting.ts'
import { assertFault, openClient } from '../../../test/upstream/open-client.ts'
import { upstreamLimits } from '../limits.ts'

test('pool: requests beyond the connections wait, and are served in order', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ headDelayMs: 5, body: 'ok' }])
  const client = openClient(t, upstream.port, { limits: { connectionsMax: 2 } })
  const texts = await Promise.all(Array.from({ length: 9 }, (_, index) => client.text({ target: `/${index}` })))
  assert.deepEqual(texts, Array(9).fill('ok'))
  assert.equal(upstream.accepted, 2)
  assert.deepEqual(
    upstream.requests.map(({ target }) => target).sort(),
    upstream.requests.map((_, index) => `/${index}`),
  )
  const later = upstream.requests.slice(2).map(({ target }) => target)
  assert.deepEqual(later, [...later].sort())
})

test('pool: the next in line takes a connection that is free before its own is open', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body: 'ok' }])
  const client = openClient(t, upstream.port)
  const first = await client.send()
  const second = client.text({ target: '/second' })
  // Its connection needs another turn of the loop; the one of the first is free at once.
  await first.collect(2)
  await second
  assert.equal(upstream.requests[1]?.connection, 0)
  await until('both connections are open', () => client.connections.idle === 2)
})

test('pool: no more wait than may', async (t) => {
  const upstream = await startScriptedUpstream(t, ['stall'])
  const client = openClient(t, upstream.port, { limits: { connectionsMax: 1, waitingMax: 2 } })
  const abort = new AbortController()
  const sent = Array.from({ length: 3 }, () => client.send({}, abort.signal))
  const all = Promise.allSettled(sent)
  await upstream.received(1)
  assert.deepEqual(client.connections, { opening: 0, idle: 0, busy: 1, waiting: 1 })
  const last = client.send({}, abort.signal)
  const ended = Promise.allSettled([last])
  const error = await assertFault(client.send(), 'saturated', /2 requests wait/)
  assert.equal(error.wasSent, false)
  abort.abort()
  await all
  await ended
  assert.equal(client.connections.waiting, 0)
})

test('pool: nobody waits for longer than is allowed', async (t) => {
  const upstream = await startScriptedUpstream(t, ['stall'])
  const clock = new SimClock()
  const client = openClient(t, upstream.port, { clock, limits: { connectionsMax: 1 } })
  const first = client.send()
  const second = client.send()
  const all = Promise.allSettled([first, second])
  await upstream.received(1)
  clock.advance(upstreamLimits.waitTimeoutMs)
  const error = await assertFault(second, 'saturated', /no connection was free within 5000 ms/)
  assert.equal(error.wasSent, false)
  clock.advance(upstreamLimits.firstByteTimeoutMs)
  await all
})

test('pool: who waits when a connection ends has another opened', async (t) => {
  const upstream = await startScriptedUpstream(t, (_, index) => (index === 0 ? 'reset' : { body: 'ok' }))
  const client = openClient(t, upstream.port, { limits: { connectionsMax: 1 } })
  const [first, second] = await Promise.allSettled([client.text(), client.text()])
  assert.equal(first?.status, 'rejected')
  assert.deepEqual(second, { status: 'fulfilled', value: 'ok' })
  assert.equal(upstream.accepted, 2)
})

test('pool: whoever gives up leaves the line', async (t) => {
  const gate = deferred()
  const upstream = await startScriptedUpstream(t, async (_, index) => {
    if (index === 0) await gate.promise
    return { body: 'ok' }
  })
  const client = openClient(t, upstream.port, { limits: { connectionsMax: 1 } })
  const abort = new AbortController()
  const first = client.text()
  const gone = client.send({ target: '/gone' }, abort.signal)
  const third = client.text({ target: '/third' })
  await until('the first is there', () => upstream.requests.length === 1)
  abort.abort()
  await assert.rejects(gone, { name: 'AbortError' })
  gate.resolve()
  await Promise.all([first, third])
  assert.deepEqual(
    upstream.requests.map(({ target }) => target),
    ['/', '/third'],
  )
})

test('pool: idle connections end in time, sooner or later when the upstream has said when', async (t) => {
  const upstream = await startScriptedUpstream(t, [
    {},
    { headers: ['keep-alive', 'timeout=3'] },
    { headers: ['keep-alive', 'timeout=20, max=5'] },
  ])
  const clock = new SimClock()
  const client = openClient(t, upstream.port, { clock })
  for (const idleMs of [upstreamLimits.idleTimeoutMs, 2_000, 19_000]) {
    await client.text()
    clock.advance(idleMs - 1)
    assert.equal(client.connections.idle, 1)
    clock.advance(1)
    assert.equal(client.connections.idle, 0)
  }
  await until('the upstream sees it', () => upstream.open.size === 0)
})

test('pool: a connection that was idle for too long is not used, even when its timer is late', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body: 'ok' }])
  let lateMs = 0
  class LateClock extends SimClock {
    override monotonic = () => super.monotonic() + lateMs
  }
  const client = openClient(t, upstream.port, { clock: new LateClock() })
  await client.text()
  lateMs = upstreamLimits.idleTimeoutMs
  assert.equal(await client.text(), 'ok')
  assert.equal(upstream.accepted, 2)
})

test('pool: the connection that was used last is used first', async (t) => {
  const upstream = await startScriptedUpstream(t, [{ body: 'ok' }])
  const client = openClient(t, upstream.port)
  await Promise.all([client.text(), client.text(), client.text()])
  await settled()
  for (let count = 0; count < 4; count += 1) await client.text()
  assert.equal(new Set(upstream.requests.slice(3).map(({ connection }) => connection)).size, 1)
})
