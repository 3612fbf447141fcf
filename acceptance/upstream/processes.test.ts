import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../needs.ts'
import { freePort, ServerProcess, startServer } from '../server.ts'
import { seededBytes } from '../support/bytes.ts'
import { Connection } from '../support/connection.ts'
import type { Endpoint } from '../support/endpoint.ts'
import { childrenOf, isRunning, type Role } from '../support/processes.ts'
import { assertRefused, createBucket, getObject, pathOf, putObject, signedHead } from '../support/requests.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { until } from '../support/wait.ts'
import { openScene, upstreamKey } from './support/scene.ts'

// A server in front of upstreams: its processes die one by one, it is started wrongly, and it stops in order.

const options = needs('ownServer')
const bucket = 'processes'
const patienceMs = 30_000

async function reads(endpoint: Endpoint, text: string): Promise<boolean> {
  const reply = await getObject(endpoint, bucket, 'k').catch(() => undefined)
  return reply?.status === 200 && reply.body.toString() === text
}

test('processes are killed: others take their place, and faults stay', options, async (t) => {
  const { front, relays, headrace } = await openScene(t, { args: ['--allow-faults'] })
  await createBucket(front, bucket)
  await putObject(front, bucket, 'k', 'body')
  const [{ name }] = relays
  await headrace('fault', 'upstream', name, '--latency', '20ms')
  const { pid } = front.own.process
  const replace = async (role: Role) => {
    const before = childrenOf(pid, role)
    process.kill(before[0] as number, 'SIGKILL')
    await until(`another ${role}`, patienceMs, () => {
      const now = childrenOf(pid, role)
      return now.length === before.length && !now.includes(before[0] as number)
    })
  }
  for (const role of ['gateway', 'gateway', 'control', 'gateway'] as const) {
    await replace(role)
    await until('it is read', patienceMs, () => reads(front, 'body'))
    const isReady = async () => (await fetch(`${front.own.adminUrl}/-/ready`).catch(() => undefined))?.ok === true
    await until('the admin port is there', patienceMs, isReady)
    assert.match(await headrace('fault', 'list'), new RegExp(`^${name} +100\\.0 % +20 ms later$`, 'm'))
  }
  // All gateways have the fault, those that were started last too.
  for (let n = 0; n < 40; n += 1) assert.ok(await reads(front, 'body'))
  const view = JSON.parse(await headrace('top', '--once', '--json'))
  assert.equal(view.gateways, 2)
  const slow = view.upstreams.find((upstream: { name: string }) => upstream.name === name)
  assert.ok(slow.firstByteMs === null || slow.firstByteMs.p50 >= 20, JSON.stringify(slow.firstByteMs))
})

test('the supervisor is killed: its processes end, and another server starts in their place', options, async (t) => {
  const { front, relays } = await openScene(t)
  const { process: started, folder } = front.own
  const children = childrenOf(started.pid)
  assert.equal(children.length, 3)
  started.signal('SIGKILL')
  await until('its children end', patienceMs, () => children.every((pid) => !isRunning(pid)))
  const next = await startServer({ folder, upstreams: [relays[0].url], workers: 1, env: upstreamKey(front) })
  assert.equal((await next.own.process.stop()).code, 0)
})

test('stopping: a request that is under way is carried out', options, async (t) => {
  const { front } = await openScene(t)
  await createBucket(front, bucket)
  const body = seededBytes('slow', 500_000)
  const connection = await Connection.open(front)
  t.after(() => connection.destroy())
  const { head } = signedHead(front, { method: 'PUT', path: pathOf(bucket, 'k'), body })
  await connection.send(Buffer.concat([Buffer.from(head, 'latin1'), body.subarray(0, 400_000)]))
  const stopped = front.own.process.stop()
  await until('nobody is let in any more', patienceMs, async () => {
    const refused = await Connection.open(front).then(
      (other) => other.destroy(),
      () => true,
    )
    return refused === true
  })
  await connection.send(body.subarray(400_000))
  assert.equal((await connection.reply()).status, 200)
  assert.deepEqual(await stopped, { code: 0, signal: null })
})

/** Starts a server that must not start, and sees that the last that it says is why. */
async function refuses(reason: RegExp, args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const ports = args.includes('--port') ? [] : ['--port', '0']
  const server = new ServerProcess([...ports, '--admin-port', '0', ...args], join(temporaryFolder(), 'log'), env)
  await until(`a server with ${args.join(' ')} ends`, patienceMs, () => !server.isRunning)
  assert.deepEqual(await server.exited, { code: 1, signal: null }, server.log)
  assert.match(server.log.trim().split('\n').at(-1) as string, reason)
}

test('started wrongly: one message says what and how to mend it', options, async (t) => {
  const key = { HEADRACE_UPSTREAM_ACCESS_KEY: 'someone', HEADRACE_UPSTREAM_SECRET_KEY: 'some-secret' }
  const nobody = `http://127.0.0.1:${await freePort()}`
  const state = join(temporaryFolder(), 'state')
  const place = ['--state', state, '--workers', '0']
  const none = { HEADRACE_UPSTREAM_ACCESS_KEY: '', HEADRACE_UPSTREAM_SECRET_KEY: '' }
  await refuses(
    /Set HEADRACE_UPSTREAM_ACCESS_KEY and HEADRACE_UPSTREAM_SECRET_KEY/,
    ['--upstream', nobody, ...place],
    none,
  )
  await refuses(/--data and --upstream do not go together/, ['--upstream', nobody, '--data', state], key)
  for (const workers of ['0', '2']) {
    const with_ = (...more: string[]) => ['--state', state, '--workers', workers, ...more]
    await refuses(/not the URL of an endpoint, such as http/, with_('--upstream', '10.0.0.2:7480'), key)
    await refuses(/an endpoint has no path/, with_('--upstream', `${nobody}/bucket`), key)
    await refuses(/is there twice/, with_('--upstream', nobody, nobody), key)
  }
  const other = net.createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  t.after(() => other.close())
  const { port } = other.address() as net.AddressInfo
  for (const workers of ['0', '2']) {
    const args = ['--upstream', nobody, '--state', state, '--workers', workers, '--port', String(port)]
    await refuses(new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is taken`), args, key)
  }
  writeFileSync(join(state, 'upstream-ledger.json'), '{"formatVersion":1')
  await refuses(/upstream-ledger\.json is damaged.*headrace upstream probe/, ['--upstream', nobody, ...place], key)
})

test(
  'nobody behind the endpoint, or the wrong key to it: the log says so, clients get an error',
  options,
  async (t) => {
    const { relays } = await openScene(t, { workers: 0 })
    const key = { HEADRACE_UPSTREAM_ACCESS_KEY: 'acceptance', HEADRACE_UPSTREAM_SECRET_KEY: 'another-secret' }
    const locked = await startServer({ upstreams: [relays[0].url], workers: 1, env: key })
    t.after(() => locked.own.process.stop())
    assertRefused(await getObject(locked, bucket, 'k'), 500, 'InternalError')
    await until('the log says so', patienceMs, () =>
      /"upstreamCode":"SignatureDoesNotMatch"/.test(locked.own.process.log),
    )
    assert.match(locked.own.process.log, /look at HEADRACE_UPSTREAM_ACCESS_KEY/)

    const nobody = `http://127.0.0.1:${await freePort()}`
    const alone = await startServer({ upstreams: [nobody], workers: 1, env: key })
    t.after(() => alone.own.process.stop())
    const reply = await getObject(alone, bucket, 'k')
    assert.equal(reply.status, 503, reply.body.toString())
    await until('the log says so', patienceMs, () =>
      /no upstream answers: are the endpoints right/.test(alone.own.process.log),
    )
  },
)
