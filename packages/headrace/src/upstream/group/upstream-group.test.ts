import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GroupScene, healthPath, read } from '../../../test/support/group-scene.ts'
import type { UpstreamRequest } from '../exchange.ts'
import type { Lease, LeaseWish } from '../lease.ts'

const names = ['a', 'b', 'c']
const saturated = { name: 'AttemptError', fault: 'saturated', wasSent: false }
const request: UpstreamRequest = { method: 'GET', target: '/b/k', headers: [] }
const never = new AbortController().signal
/** Goes to `a` as long as it can be used. */
const toA: LeaseWish = { ...read, avoid: new Set(['b', 'c']) }

/** Forgets what was told at the beginning. */
async function begun(...given: ConstructorParameters<typeof GroupScene>) {
  const scene = new GroupScene(...given)
  await scene.pass(10)
  scene.changes.length = 0
  return scene
}

test('UpstreamGroup: requests are shared by those that are as good', async () => {
  const scene = await begun(names)
  const shares = await scene.shares(300)
  for (const name of names) assert.ok((shares[name] ?? 0) > 60, JSON.stringify(shares))
  assert.equal(scene.ends.length, 300)
  scene.group.close()
})

test('UpstreamGroup: what is to be avoided is taken when there is no other', async () => {
  const scene = await begun(names)
  assert.deepEqual(await scene.shares(20, { ...read, avoid: new Set(['a', 'c']) }), { b: 20 })
  const shares = await scene.shares(60, { ...read, avoid: new Set(names) })
  assert.deepEqual(Object.keys(shares).sort(), names)
})

test('UpstreamGroup: a place is given back by the end of the body, by giving up, by a failure, and unused', async () => {
  const scene = await begun(['a'], { options: { limit: { initial: 1, min: 1 } } })
  const { group } = scene
  const upstream = scene.upstream('a')
  const full = () => assert.throws(() => group.lease(read), saturated)
  const lease = group.lease(read)
  full()
  lease.release()
  lease.release()
  const reply = await group.lease(read).exchange(request, never)
  full()
  await reply.collect(10)
  const abandoned = await group.lease(read).exchange(request, never)
  full()
  abandoned.abandon()
  upstream.behave = () => ({ fault: 'reset' })
  await assert.rejects(group.lease(read).exchange(request, never), { fault: 'reset' })
  const last: Lease = group.lease(read)
  full()
  last.release()
  assert.throws(() => last.exchange(request, never), /used twice, or after it was given back/)
})

test('UpstreamGroup: the name, and what the upstream is addressed as', async () => {
  const scene = await begun(['a'])
  const lease = scene.group.lease(read)
  assert.deepEqual([lease.upstream, lease.host], ['a', 'a:7480'])
})

test('UpstreamGroup: errors in a row eject; it returns slowly when time is over and a check has passed', async () => {
  const scene = await begun(names)
  scene.upstream('a').behave = () => ({ fault: 'connect' })
  assert.equal((await scene.shares(20, toA)).a, 5)
  const reason = 'its exchanges fail, one after the other'
  assert.deepEqual(scene.changes, ['a: up to ejected', `a: ejected for 2000 ms: ${reason}`])
  await scene.pass(10_000)
  assert.equal(scene.states().a, 'down')
  scene.upstream('a').behave = () => ({})
  await scene.pass(1_500)
  assert.equal(scene.states().a, 'returning')
  assert.equal((await scene.shares(100)).a, undefined, 'while others are idle, they are preferred')
  await scene.pass(10_000)
  assert.equal(scene.states().a, 'up')
  assert.ok(((await scene.shares(300)).a ?? 0) > 60)
})

test('UpstreamGroup: without checks, time ends an ejection, and the first error begins it again for longer', async () => {
  const scene = await begun(names, { check: null })
  scene.upstream('a').behave = () => ({ status: 500 })
  assert.equal((await scene.shares(20, toA)).a, 5)
  await scene.pass(2_200)
  assert.equal(scene.states().a, 'returning')
  await scene.get(toA)
  assert.equal(scene.states().a, 'ejected')
  assert.equal(scene.changes.at(-1)?.includes('ejected for 4000 ms'), true)
})

test('UpstreamGroup: what began before an upstream came back does not eject it', async () => {
  const scene = await begun(names, { check: null })
  const upstream = scene.upstream('a')
  upstream.behave = () => ({ afterMs: 5_000, fault: 'timeout' })
  const late = scene.get(toA)
  upstream.behave = () => ({ fault: 'reset' })
  for (let n = 0; n < 5; n += 1) await scene.get(toA)
  assert.equal(scene.states().a, 'ejected')
  upstream.behave = () => ({})
  await scene.pass(3_000)
  await late
  assert.equal(scene.ends.at(-1)?.outcome, 'timeout')
  assert.equal(scene.states().a, 'returning')
})

test('UpstreamGroup: one that is stopped gets nothing more after a moment, and is ejected within a second', async () => {
  const scene = await begun(names)
  await scene.shares(30)
  scene.upstream('b').behave = () => ({ afterMs: Number.POSITIVE_INFINITY })
  for (const name of ['a', 'c']) scene.upstream(name).behave = () => ({ afterMs: 5 })
  scene.upstream('b').requests.length = 0
  for (let n = 0; n < 100; n += 1) {
    scene.group
      .lease(read)
      .exchange(request, never)
      .then((reply) => reply.collect(10))
    await scene.pass(10)
  }
  assert.equal(scene.states().b, 'ejected')
  assert.match(scene.changes[1] ?? '', /b: ejected for 2000 ms: nothing came from it for/)
  assert.deepEqual(
    names.map((name) => scene.upstream(name).brokenOff),
    [0, 1, 0],
  )
  assert.ok(scene.upstream('b').requests.length < 5, `${scene.upstream('b').requests.length} requests`)
})

test('UpstreamGroup: one that is stopped is found by its check, when nobody reads from it', async () => {
  const scene = await begun(names)
  scene.upstream('b').behave = () => ({ afterMs: Number.POSITIVE_INFINITY })
  await scene.pass(2_200)
  assert.deepEqual(scene.states(), { a: 'up', b: 'ejected', c: 'up' })
})

test('UpstreamGroup: when nobody answers, nobody is ejected for it', async () => {
  const scene = await begun(names, { check: null })
  for (const name of names) scene.upstream(name).behave = () => ({ afterMs: 3_000 })
  for (let n = 0; n < 12; n += 1) scene.send()
  await scene.pass(2_900)
  assert.deepEqual(scene.states(), { a: 'up', b: 'up', c: 'up' })
})

test('UpstreamGroup: one that takes long, but answers its check, is not silent', async () => {
  const scene = await begun(names)
  scene.upstream('a').behave = ({ target }) => (target === healthPath ? {} : { afterMs: 30_000 })
  scene.group.lease(toA).exchange({ ...request, target: '/b?list-type=2' }, never)
  await scene.pass(20_000)
  assert.equal(scene.states().a, 'up')
})

test('UpstreamGroup: one that fails more than its peers is ejected', async () => {
  const scene = await begun(names)
  let count = 0
  for (const name of names) {
    scene.upstream(name).behave = ({ target }) => {
      const fails = name === 'c' && target !== healthPath && count++ % 3 === 0
      return { afterMs: 20, status: fails ? 503 : 200 }
    }
  }
  for (let n = 0; n < 1_000 && scene.states().c === 'up'; n += 1) {
    for (let k = 0; k < 3; k += 1) scene.send()
    await scene.pass(5)
  }
  const shares = scene.sharesOf(scene.ends)
  assert.match(scene.changes.at(-1) ?? '', /c: ejected for 2000 ms: \d+ % of its exchanges succeed, 100 % of those/)
  assert.ok((shares.c ?? 0) < (shares.a ?? 0) * 0.75, `it got less before: ${JSON.stringify(shares)}`)
})

test('UpstreamGroup: one that is slower than its peers is ejected after some time, when it has enough requests', async () => {
  const scene = await begun(names)
  for (const name of names) {
    const afterMs = name === 'a' ? 200 : 20
    scene.upstream(name).behave = ({ target }) => (target === healthPath ? {} : { afterMs })
  }
  for (let n = 0; n < 1_000 && scene.states().a === 'up'; n += 1) {
    for (let k = 0; k < 15; k += 1) scene.send()
    await scene.pass(10)
  }
  assert.match(scene.changes.at(-1) ?? '', /a: ejected for 2000 ms: the first byte of get takes 200 ms, 20.0 ms/)
  assert.ok(scene.clock.monotonic() > 5_000)
})

test('UpstreamGroup: never more than half are ejected; the others are cut off by their breakers', async () => {
  const scene = await begun(names, { check: null })
  for (const name of ['a', 'b']) scene.upstream(name).behave = () => ({ fault: 'connect' })
  await scene.shares(60, { ...read, avoid: new Set(['c']) })
  assert.deepEqual(Object.values(scene.states()).sort(), ['ejected', 'up', 'up'])
  const breakers = scene.changes.filter((change) => change.includes('breaker of all open'))
  assert.equal(breakers.length, 1)
  assert.deepEqual(await scene.shares(20), { c: 20 })
})

test('UpstreamGroup: a check that fails takes out, and a body that is not what it should be', async () => {
  const scene = await begun(names)
  scene.upstream('a').behave = ({ target }) => ({ status: target === healthPath ? 500 : 200 })
  await scene.pass(2_500)
  assert.deepEqual(scene.changes, ['a: up to down'])
  assert.equal(scene.group.status().upstreams[0]?.reason, '/health is answered 500')
  assert.equal((await scene.shares(50)).a, undefined)
  scene.upstream('a').behave = () => ({})
  await scene.pass(1_300)
  assert.equal(scene.states().a, 'returning')
})

test('UpstreamGroup: a check that comes late is no failure while other replies come', async () => {
  const scene = await begun(names)
  scene.upstream('a').behave = ({ target }) => (target === healthPath ? { afterMs: 3_000 } : { afterMs: 5 })
  for (let n = 0; n < 50; n += 1) {
    scene.send(toA)
    await scene.pass(100)
  }
  assert.equal(scene.states().a, 'up')
  await scene.pass(5_000)
  assert.equal(scene.states().a, 'down')
})

test('UpstreamGroup: panic: when nearly all are away, all are used', async () => {
  const scene = await begun(names)
  for (const name of names)
    scene.upstream(name).behave = ({ target }) => ({ status: target === healthPath ? 500 : 200 })
  await scene.pass(2_500)
  assert.equal(scene.changes.at(-1), 'panic')
  assert.equal(scene.group.status().isPanic, true)
  assert.deepEqual(Object.keys(await scene.shares(60)).sort(), names)
  scene.upstream('b').behave = () => ({})
  await scene.pass(1_300)
  assert.equal(scene.changes.at(-1), 'no panic')
  assert.deepEqual(await scene.shares(20), { b: 20 })
})

test('UpstreamGroup: an upstream without peers is cut off when it is dead, and tried by single requests', async () => {
  const scene = await begun(['a'], { check: null })
  scene.upstream('a').behave = () => ({ fault: 'connect' })
  for (let n = 0; n < 10; n += 1) await scene.get()
  assert.throws(() => scene.group.lease(read), saturated)
  await scene.pass(1_300)
  const probe = scene.group.lease(read)
  assert.throws(() => scene.group.lease(read), saturated)
  scene.upstream('a').behave = () => ({})
  await (await probe.exchange(request, never)).collect(10)
  assert.deepEqual(await scene.shares(10), { a: 10 })
})

test('UpstreamGroup: a bucket that cannot be written does not keep others from being written, or itself from being read', async () => {
  const scene = await begun(['a'], { check: null })
  const write = (bucket: string): LeaseWish => ({ effect: 'write', bucket })
  scene.upstream('a').behave = ({ method }) => ({ status: method === 'POST' ? 500 : 200 })
  for (let n = 0; n < 5; n += 1) await scene.get(write('bad'))
  assert.deepEqual(scene.changes, ['a: breaker of bad open'])
  assert.throws(() => scene.group.lease(write('bad')), saturated)
  assert.deepEqual(scene.group.status().upstreams[0]?.openBuckets, ['bad'])
  for (let n = 0; n < 50; n += 1) await scene.get({ effect: 'read', bucket: 'bad' })
  scene.upstream('a').behave = () => ({})
  await scene.get(write('good'))
  await scene.pass(1_300)
  await scene.get(write('bad'))
  assert.deepEqual(scene.group.status().upstreams[0]?.openBuckets, [])
})

test('UpstreamGroup: what is throttled gets less, and is not ejected', async () => {
  const scene = await begun(names, { check: null })
  const body = '<Error><Code>SlowDown</Code></Error>'
  scene.upstream('a').behave = () => ({ status: 503, body })
  const shares = await scene.shares(300)
  assert.ok((shares.a ?? 0) < 30, JSON.stringify(shares))
  assert.equal(scene.states().a, 'up')
  const { limit, throttledShare, exchanges } = scene.group.status().upstreams[0] ?? assert.fail()
  assert.equal(limit, 32)
  assert.equal(throttledShare, 1)
  assert.equal(exchanges.throttled, shares.a)
})

test('UpstreamGroup: upstreams that vanish get nothing more, and go when they are done', async () => {
  const scene = await begun(names)
  const lease = scene.group.lease(toA)
  const reply = await lease.exchange(request, never)
  scene.discover(['b', 'd'])
  assert.deepEqual(scene.changes, [
    'a: up to draining',
    'c: up to draining',
    'd: new to returning',
    'c: draining to gone',
  ])
  assert.equal(scene.upstream('c').isClosed, true)
  assert.equal(scene.upstream('a').isClosed, false)
  assert.equal((await scene.shares(50)).a, undefined)
  await reply.collect(10)
  assert.equal(scene.upstream('a').isClosed, true)
  assert.deepEqual(scene.states(), { b: 'up', d: 'returning' })
})

test('UpstreamGroup: upstreams that cannot be found out stay', async () => {
  const scene = await begun(names)
  scene.failDiscovery(new Error('SERVFAIL'))
  assert.deepEqual(scene.changes, ['discovery: Error: SERVFAIL'])
  assert.deepEqual(Object.keys(scene.states()), names)
})

test('UpstreamGroup: one that goes in the middle of its check is told of no more', async () => {
  const scene = await begun(names)
  scene.upstream('a').behave = () => ({ afterMs: 500 })
  await scene.pass(1_200)
  scene.discover(['b', 'c'])
  await scene.pass(2_000)
  assert.deepEqual(scene.changes, ['a: up to draining', 'a: draining to gone'])
})

test('UpstreamGroup: one that is named again while it drains goes on', async () => {
  const scene = await begun(names)
  const lease = scene.group.lease(toA)
  scene.discover(['b', 'c'])
  scene.discover(names)
  lease.release()
  assert.deepEqual(scene.changes, ['a: up to draining', 'a: draining to up'])
  assert.equal(scene.upstream('a').isClosed, false)
})

test('UpstreamGroup: the own zone first; others when less than half of it can be used, or it is full', async () => {
  const zones = { a: 'here', b: 'here', c: 'here', d: 'there', e: 'there', f: 'there' }
  const options = { limit: { initial: 2, min: 1 }, outlier: { ejectionBaseMs: 60_000 } }
  const scene = await begun(Object.keys(zones), { zone: 'here', zones, check: null, options })
  assert.deepEqual(Object.keys(await scene.shares(60)).sort(), ['a', 'b', 'c'])
  const leases = Array.from({ length: 12 }, () => scene.group.lease(read))
  const first = leases.slice(0, 6).map(({ upstream }) => upstream)
  assert.deepEqual(first.sort(), ['a', 'a', 'b', 'b', 'c', 'c'])
  for (const lease of leases) lease.release()
  for (const name of ['a', 'b']) scene.upstream(name).behave = () => ({ fault: 'connect' })
  await scene.shares(60, { ...read, avoid: new Set(['c', 'd', 'e', 'f']) })
  assert.deepEqual(Object.keys(await scene.shares(60)).sort(), ['c', 'd', 'e', 'f'])
})

test('UpstreamGroup: status, as plain data', async () => {
  const scene = await begun(['a'], { zones: { a: 'z' } })
  scene.upstream('a').behave = ({ target }) => (target === healthPath ? {} : { afterMs: 20, body: 'bytes' })
  await scene.get()
  const waiting = scene.group.lease(read).exchange(request, never)
  await scene.pass(5)
  const status = scene.group.status()
  assert.deepEqual(JSON.parse(JSON.stringify(status)), {
    name: 'group',
    isPanic: false,
    upstreams: [
      {
        name: 'a',
        zone: 'z',
        state: 'up',
        breaker: 'closed',
        openBuckets: [],
        inFlight: 1,
        limit: 128,
        oldestUnansweredMs: 5,
        firstByteMs: { p50: 20, p99: 20 },
        errorShare: 0,
        throttledShare: 0,
        exchanges: {
          ok: 1,
          abandoned: 0,
          connect: 0,
          reset: 0,
          timeout: 0,
          truncated: 0,
          stalled: 0,
          unavailable: 0,
          throttled: 0,
        },
        ejections: 0,
        sentBytes: 0,
        receivedBytes: 5,
      },
    ],
  })
  assert.deepEqual(scene.ends[0], {
    group: 'group',
    upstream: 'a',
    outcome: 'ok',
    firstByteMs: 20,
    totalMs: 20,
    sentBytes: 0,
    receivedBytes: 5,
  })
  await scene.pass(50)
  ;(await waiting).abandon()
})

test('UpstreamGroup: closed, it has nothing any more, and nothing runs on', async () => {
  const scene = await begun(names)
  scene.group.close()
  scene.group.close()
  await scene.pass(10)
  assert.throws(() => scene.group.lease(read), saturated)
  for (const { isClosed } of scene.upstreams.values()) assert.equal(isClosed, true)
  assert.equal(scene.clock.step(), false)
  scene.discover(['d'])
  assert.deepEqual(scene.states(), {})
})
