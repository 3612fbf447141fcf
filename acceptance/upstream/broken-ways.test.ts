import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { needs } from '../needs.ts'
import type { Server } from '../server.ts'
import { hexHash, seededBytes } from '../support/bytes.ts'
import { createBucket, getObject, pathOf, putObject, request } from '../support/requests.ts'
import { until } from '../support/wait.ts'
import { openScene } from './support/scene.ts'

// Ways to the upstream that break in the middle of things, which clients do not see. There are no retries in these clients.

const options = needs('ownServer')
const bucket = 'broken-ways'
const mib = 1024 * 1024
const large = seededBytes('large', 16 * mib)
const rounds = 4

async function metrics({ own: { adminUrl } }: Required<Server>): Promise<string> {
  return await (await fetch(`${adminUrl}/metrics`)).text()
}

test('a way is cut in mid-body, again and again: each GET is whole, and can be traced', options, async (t) => {
  const { relays, front, headrace } = await openScene(t)
  await createBucket(front, bucket)
  assert.equal((await putObject(front, bucket, 'large', large)).status, 200)
  const traced: string[] = []
  for (let round = 0; round < rounds; round += 1) {
    // Whichever it takes breaks somewhere in the first half.
    const cutAt = 1 + Math.floor((round / rounds) * 8) * mib
    const [first, second] = relays
    const victim = round % 2 === 0 ? first : second
    victim.cutAfter(cutAt)
    const replies = await Promise.all([1, 2, 3].map(() => getObject(front, bucket, 'large')))
    for (const { status, body, headers } of replies) {
      assert.equal(status, 200)
      assert.equal(hexHash('md5', body), hexHash('md5', large))
      traced.push(headers.get('x-amz-request-id') ?? '')
    }
    assert.ok(victim.isCut, 'the way that was to break did')
    await victim.mend()
    // It is asked again when its checks pass.
    await until(
      'both gateways use both ways',
      30_000,
      async () => (await metrics(front)).match(/_usable.* 2$/gm)?.length === 2,
    )
  }
  assert.match(await metrics(front), /^headrace_attempts\{kind="resumes"\} [1-9]/m)
  const log = join(front.own.folder, 'logs', 'access.jsonl')
  const resumed = () => /"requestId":"(\w+)".*"resumed":/.exec(readFileSync(log, 'utf8'))?.[1]
  await until('one of them is in the log as resumed', 5_000, () => resumed() !== undefined)
  assert.ok(traced.includes(resumed() as string))
  const text = await headrace('trace', resumed() as string)
  assert.match(text, /getObject broken-ways\/large/)
  assert.match(text, /^ +[\d.]+ ms +\|.*\| +resume +.*: on from byte \d+$/m)
})

test('ways are cut while objects are written: what is acknowledged is there, byte for byte', options, async (t) => {
  const { relays, front } = await openScene(t)
  await createBucket(front, bucket)
  const body = (n: number) => seededBytes(`object ${n}`, 10_000 + n * 50_000)
  const outcomes = new Map<number, number>()
  const writing = (async () => {
    for (let n = 0; n < 40; n += 1) outcomes.set(n, (await putObject(front, bucket, `k${n}`, body(n))).status)
  })()
  const cutting = (async () => {
    for (let round = 0; round < 4; round += 1) {
      const victim = relays[round % 2 === 0 ? 0 : 1]
      await sleep(100)
      victim.cut()
      await sleep(200)
      await victim.mend()
    }
  })()
  await Promise.all([writing, cutting])
  for (const [n, status] of outcomes) {
    assert.ok(status === 200 || status === 503, `PUT ${n}: ${status}`)
    const got = await getObject(front, bucket, `k${n}`)
    if (status === 200) assert.ok(got.status === 200 && got.body.equals(body(n)), `GET ${n}: ${got.status}`)
    else assert.ok(got.status === 404 || got.body.equals(body(n)), `GET ${n} after 503`)
  }
  const stored = [...outcomes.values()].filter((status) => status === 200).length
  t.diagnostic(`${stored} of ${outcomes.size} were stored at once`)
  assert.ok(stored >= outcomes.size * 0.8)
})

test('all ways are gone: a clear error soon, and all is well when one is back', options, async (t) => {
  const { relays, front, headrace } = await openScene(t)
  await createBucket(front, bucket)
  await putObject(front, bucket, 'k', 'body')
  for (const relay of relays) relay.cut()
  const reply = await getObject(front, bucket, 'k')
  assert.equal(reply.status, 503, reply.body.toString())
  assert.match(reply.body.toString(), /<Code>(ServiceUnavailable|SlowDown)<\/Code>/)
  const top = await headrace('top', '--once')
  assert.match(top, /^127\.0\.0\.1:\d+ +(down|ejected)/m)
  assert.match(top, /^127\.0\.0\.1:\d+ is (down|ejected): \S+/m)
  await relays[1].mend()
  await until('it is read again', 20_000, async () => (await getObject(front, bucket, 'k')).body.toString() === 'body')
})

test('faults that an operator gives an upstream: felt by it, and not by clients', options, async (t) => {
  const { relays, front, headrace } = await openScene(t, { args: ['--allow-faults'] })
  await createBucket(front, bucket)
  await putObject(front, bucket, 'large', large)
  const [{ name }] = relays
  const drills = [
    ['--status', '503'],
    ['--reset-after', '1MiB'],
    ['--reset-after', '0'],
    ['--latency', '300ms', '--share', '0.3'],
  ]
  for (const drill of drills) {
    assert.match(await headrace('fault', 'upstream', name, ...drill), new RegExp(`^${name} `, 'm'))
    for (let n = 0; n < 6; n += 1) {
      const { status, body } = await getObject(front, bucket, 'large')
      assert.ok(status === 200 && body.equals(large), `${drill.join(' ')}: ${status}`)
    }
  }
  assert.equal(await headrace('fault', 'clear', name), 'No upstream is made to fail.\n')
  const { exchanges } = JSON.parse(await headrace('top', '--once', '--json')).upstreams.find(
    (upstream: { name: string }) => upstream.name === name,
  )
  assert.ok(exchanges.throttled + exchanges.reset + exchanges.truncated > 0, JSON.stringify(exchanges))
  const path = pathOf(bucket, 'large')
  assert.equal((await request(front, { method: 'HEAD', path })).status, 200)
})

test('faults are refused by a server that was not started for them', options, async (t) => {
  const { relays, headrace } = await openScene(t)
  await assert.rejects(headrace('fault', 'upstream', relays[0].name, '--latency', '1s'), /--allow-faults/)
})
