import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ByteSink } from '@headrace/s3'
import { SimClock } from '../../../sim/sim-clock.ts'
import { type FakeReply, FakeUpstream } from '../../../test/support/fake-upstreams.ts'
import { AttemptError } from '../../core/attempt.ts'
import type { UpstreamRequest } from '../exchange.ts'
import { BodyPace } from './body-pace.ts'
import { UsualTimes } from './figures/usual-times.ts'
import { groupDefaults } from './options.ts'
import { trackedExchange } from './tracked-exchange.ts'

const slowDown = '<Error><Code>SlowDown</Code></Error>'

/** One exchange, and what was told of it. */
function scene(reply: FakeReply, given: Partial<UpstreamRequest> = {}) {
  const clock = new SimClock()
  const client = new FakeUpstream('a', clock)
  client.behave = () => reply
  const told: string[] = []
  const observer = {
    sent: (bytes: number) => told.push(`sent ${bytes}`),
    answered: (status: number) => told.push(`answered ${status}`),
    received: (bytes: number) => told.push(`received ${bytes}`),
    paced: (ms: number) => told.push(`a MiB took ${ms} ms`),
    ended: (outcome: string) => told.push(outcome),
  }
  const usual = new UsualTimes(groupDefaults.selection)
  const pace = new BodyPace({ clock, usual, options: groupDefaults.body }, () => true)
  const request = { method: 'GET', target: '/b/k', headers: [], ...given }
  const abort = new AbortController()
  const exchange = () => trackedExchange({ client, upstream: 'a', request, signal: abort.signal, observer, pace })
  return { client, told, exchange, abort }
}

const taking: ByteSink = { write: () => undefined }

test('trackedExchange: is over when the body was read', async () => {
  const { told, exchange } = scene({ body: 'bytes' })
  const reply = await exchange()
  assert.deepEqual(told, ['answered 200'])
  assert.equal(reply.bodyBytes, 5)
  await reply.readInto(taking)
  reply.abandon()
  assert.deepEqual(told, ['answered 200', 'received 5', 'ok'])
})

test('trackedExchange: bytes of the request are counted, from memory or as they are sent', async () => {
  const { told, exchange } = scene({}, { method: 'PUT', body: Buffer.alloc(7) })
  await (await exchange()).collect(10)
  const sendTo = async (sink: ByteSink) => {
    await sink.write(Buffer.alloc(3))
    await sink.write(Buffer.alloc(4))
  }
  const streamed = scene({}, { method: 'PUT', body: { sizeBytes: 7, sendTo } })
  await (await streamed.exchange()).collect(10)
  assert.deepEqual(told, ['sent 7', 'answered 200', 'received 0', 'ok'])
  assert.deepEqual(streamed.told, ['sent 3', 'sent 4', 'answered 200', 'received 0', 'ok'])
})

test('trackedExchange: without a reply, the fault is the outcome', async () => {
  const { told, exchange } = scene({ fault: 'connect' })
  await assert.rejects(exchange(), { fault: 'connect' })
  assert.deepEqual(told, ['connect'])
})

test('trackedExchange: a body that breaks', async () => {
  const { told, exchange } = scene({ body: 'by', bodyFault: 'truncated' })
  await assert.rejects((await exchange()).readInto(taking), { fault: 'truncated' })
  assert.deepEqual(told, ['answered 200', 'received 2', 'truncated'])
})

test('trackedExchange: nobody wants it any more, before and after the head', async () => {
  const before = scene({ afterMs: Number.POSITIVE_INFINITY })
  const waiting = before.exchange()
  before.abort.abort(new Error('the client is gone'))
  await assert.rejects(waiting, /the client is gone/)
  assert.deepEqual(before.told, ['abandoned'])

  const { client, told, exchange } = scene({ body: 'bytes' })
  const reply = await exchange()
  reply.abandon()
  assert.deepEqual(told, ['answered 200', 'abandoned'])
  assert.equal(client.abandoned, 1)
})

test('trackedExchange: whoever takes the body fails, and it may be another upstream', async () => {
  const other = new AttemptError({ fault: 'reset', upstream: 'b', wasSent: true })
  for (const error of [new Error('the client is gone'), other]) {
    const { told, exchange } = scene({ body: 'bytes' })
    const failing: ByteSink = { write: () => Promise.reject(error) }
    await assert.rejects((await exchange()).readInto(failing), error)
    assert.equal(told.at(-1), 'abandoned')
  }
})

test('trackedExchange: what a 503 means is in its body', async () => {
  const throttled = scene({ status: 503, body: slowDown })
  await (await throttled.exchange()).collect(1_000)
  assert.equal(throttled.told.at(-1), 'throttled')
  const unavailable = scene({ status: 503, body: slowDown })
  ;(await unavailable.exchange()).abandon()
  assert.equal(unavailable.told.at(-1), 'unavailable', 'nobody has looked')
})

test('trackedExchange: giving up what has no body is its end', async () => {
  for (const method of ['HEAD', 'DELETE']) {
    const { told, exchange } = scene({}, { method })
    ;(await exchange()).abandon()
    assert.deepEqual(told, ['answered 200', 'ok'])
  }
})
