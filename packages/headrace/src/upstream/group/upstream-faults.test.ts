import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimClock } from '../../../sim/sim-clock.ts'
import { SimRandom } from '../../../sim/sim-random.ts'
import { FakeUpstream } from '../../../test/support/fake-upstreams.ts'
import { finish } from '../../../test/support/finish.ts'
import { type UpstreamFault, UpstreamFaults } from './upstream-faults.ts'

const body = Buffer.from('0123456789')

function scene(fault?: UpstreamFault) {
  const clock = new SimClock()
  const inner = new FakeUpstream('a', clock)
  inner.behave = () => ({ body })
  const faults = new UpstreamFaults({
    clock,
    random: new SimRandom(1),
    firstByteTimeoutMs: 30_000,
    stallTimeoutMs: 2_000,
  })
  if (fault !== undefined) faults.setFault('a', fault)
  const client = faults.wrap('a', inner)
  const exchange = (method = 'GET', signal = new AbortController().signal) =>
    finish(clock, client.exchange({ method, target: '/b/k', headers: [] }, signal))
  /** What came of the body. */
  const read = async () => {
    const parts: Buffer[] = []
    const reply = await exchange()
    const sink = {
      write(chunk: Uint8Array) {
        parts.push(Buffer.from(chunk))
        return undefined
      },
    }
    const error: unknown = await finish(clock, reply.readInto(sink)).catch((error: unknown) => error)
    return { bytes: Buffer.concat(parts).toString(), fault: (error as { fault?: string } | undefined)?.fault }
  }
  return { clock, inner, faults, client, exchange, read }
}

test('UpstreamFaults: without one, or with one of another upstream, everything goes through', async () => {
  const { faults, read, client, inner } = scene()
  faults.setFault('b', { status: 500 })
  assert.deepEqual(await read(), { bytes: '0123456789', fault: undefined })
  client.close()
  assert.equal(inner.isClosed, true)
})

test('UpstreamFaults: a delay', async () => {
  const { clock, read } = scene({ delayMs: 1_000 })
  assert.equal((await read()).bytes, '0123456789')
  assert.equal(clock.monotonic(), 1_000)
})

test('UpstreamFaults: an error, of which the upstream knows nothing', async () => {
  const { inner, faults, exchange } = scene({ status: 503 })
  const reply = await exchange()
  assert.equal(reply.status, 503)
  assert.match((await reply.collect(1_000)).toString(), /<Code>SlowDown<\/Code>/)
  const head = await exchange('HEAD')
  assert.equal((await head.collect(1_000)).length, 0)
  faults.setFault('a', { status: 503, code: 'ServiceUnavailable' })
  assert.match((await (await exchange()).collect(1_000)).toString(), /<Code>ServiceUnavailable<\/Code>/)
  assert.equal(inner.requests.length, 0)
})

test('UpstreamFaults: a connection that breaks before the head, or at a byte', async () => {
  await assert.rejects(scene({ resetAtByte: 0 }).exchange(), { fault: 'reset', upstream: 'a' })
  assert.deepEqual(await scene({ resetAtByte: 4 }).read(), { bytes: '0123', fault: 'truncated' })
  assert.deepEqual(await scene({ resetAtByte: 10 }).read(), { bytes: '0123456789', fault: undefined })
  const reply = await scene({ resetAtByte: 4 }).exchange()
  await assert.rejects(reply.collect(100), { fault: 'truncated' })
})

test('UpstreamFaults: a stall ends as the timeouts of the transport end it', async () => {
  const before = scene({ stallAtByte: 0 })
  await assert.rejects(before.exchange(), { fault: 'timeout' })
  assert.equal(before.clock.monotonic(), 30_000)
  const { clock, read } = scene({ stallAtByte: 4 })
  assert.deepEqual(await read(), { bytes: '0123', fault: 'stalled' })
  assert.equal(clock.monotonic(), 2_000)
})

test('UpstreamFaults: who waits for a stall can give up', async () => {
  const { exchange } = scene({ stallAtByte: 0 })
  await assert.rejects(exchange('GET', AbortSignal.abort(new Error('enough'))), /enough/)
})

test('UpstreamFaults: a share of the exchanges, until it is taken away', async () => {
  const { faults, exchange } = scene({ status: 500, share: 0.3 })
  let failed = 0
  for (let n = 0; n < 1_000; n += 1) if ((await exchange()).status === 500) failed += 1
  assert.ok(failed > 250 && failed < 350, `${failed} of 1,000 failed`)
  faults.setAll([['b', { delayMs: 1 }]])
  assert.deepEqual([...faults.all.keys()], ['b'])
  assert.equal((await exchange()).status, 200)
  faults.setFault('b', undefined)
  assert.equal(faults.all.size, 0)
})
