import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Headers } from '@headrace/s3'
import { SimClock } from '../../../../sim/sim-clock.ts'
import { FakeUpstream } from '../../../../test/support/fake-upstreams.ts'
import { settled } from '../../../../test/support/waiting.ts'
import { Checker } from './checker.ts'
import { pathCheck, runCheck } from './health-check.ts'

const reply = (status: number, body = '') => ({ status, headers: new Headers([]), body: Buffer.from(body) })

test('pathCheck: any reply of one that works, by default', () => {
  const { request, problemOf } = pathCheck()
  assert.deepEqual(request('rgw:7480'), { method: 'GET', target: '/', headers: ['host', 'rgw:7480'] })
  for (const status of [200, 307, 403, 429]) assert.equal(problemOf(reply(status)), undefined)
  assert.equal(problemOf(reply(503, '<Error><Code>SlowDown</Code></Error>')), undefined)
  assert.equal(problemOf(reply(503)), '/ is answered 503')
})

test('pathCheck: a status and a body that it must have', () => {
  const { request, problemOf } = pathCheck({ path: '/health', method: 'GET', status: 200, bodyIncludes: '"ok"' })
  assert.equal(request('a').target, '/health')
  assert.equal(problemOf(reply(200, '{"state":"ok"}')), undefined)
  assert.equal(problemOf(reply(204)), '/health is answered 204')
  assert.equal(problemOf(reply(200, '<html>')), 'the reply to /health lacks "\\"ok\\""')
})

function scene() {
  const clock = new SimClock()
  const client = new FakeUpstream('a', clock)
  const answers: string[] = []
  const run = () =>
    runCheck({
      clock,
      client,
      check: pathCheck({ bodyIncludes: 'well' }),
      host: 'a',
      timeoutMs: 1_000,
      bodyBytesMax: 1_000,
      answered: () => answers.push('answered'),
    })
  return { clock, client, run, answers }
}

test('runCheck: what is wrong, if anything', async () => {
  const { client, run, answers } = scene()
  client.behave = () => ({ body: 'all is well' })
  assert.deepEqual(await run(), { result: 'passed' })
  client.behave = () => ({ body: 'no' })
  assert.deepEqual(await run(), { result: 'failed', problem: 'the reply to / lacks "well"' })
  client.behave = () => ({ body: 'all is well', bodyFault: 'truncated' })
  assert.deepEqual(await run(), { result: 'failed', problem: 'a: truncated' })
  assert.equal(answers.length, 3)
  client.behave = () => ({ fault: 'connect' })
  assert.deepEqual(await run(), { result: 'failed', problem: 'a: connect' })
  assert.equal(answers.length, 3)
})

test('runCheck: takes no longer than its timeout', async () => {
  const { clock, client, run } = scene()
  client.behave = () => ({ afterMs: Number.POSITIVE_INFINITY })
  const running = run()
  clock.advance(1_000)
  assert.deepEqual(await running, { result: 'late', problem: 'a check was not answered in 1000 ms' })
  assert.equal(clock.step(), false)
})

test('Checker: now and then, more often while the upstream is away, and at once on suspicion', async () => {
  const clock = new SimClock()
  let isAway = false
  let runs = 0
  const checker = new Checker({
    clock,
    random: { next: () => 1 },
    intervalMs: 1_000,
    awayIntervalMs: 500,
    jitterShare: 0.2,
    isAway: () => isAway,
    run: async () => {
      runs += 1
      await clock.sleep(10)
    },
  })
  const pass = async (ms: number) => {
    clock.advance(ms)
    await settled()
  }
  assert.equal(runs, 1)
  checker.checkNow()
  assert.equal(runs, 1, 'one at a time')
  await pass(10)
  await pass(1_199)
  assert.equal(runs, 1)
  await pass(1)
  assert.equal(runs, 2)
  isAway = true
  await pass(10)
  await pass(600)
  assert.equal(runs, 3)
  await pass(10)
  checker.checkNow()
  assert.equal(runs, 4)
  await pass(10)
  checker.close()
  assert.equal(clock.step(), false)
  checker.checkNow()
  assert.equal(runs, 4)
})
