import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../test/open-store.ts'
import { type ServerUnderTest, startTestServer } from '../../test/support/server.ts'
import { until } from '../../test/support/waiting.ts'
import { listen } from './listen.ts'

async function serves({ send }: ServerUnderTest, text: string): Promise<boolean> {
  const put = await send({ method: 'PUT', target: '/bucket/k', body: text }).catch(() => undefined)
  const get = await send({ target: '/bucket/k' }).catch(() => undefined)
  return put?.status === 200 && get?.text === text
}

test('supervisor: a child that ends is followed by another', async (t) => {
  const server = await startTestServer(t)
  await server.send({ method: 'PUT', target: '/bucket' })
  assert.ok(await serves(server, 'at first'))

  await t.test('a gateway that is killed: on the same port', async () => {
    const [pid = 0] = server.gatewayPids()
    process.kill(pid, 'SIGKILL')
    await until('another serves', async () => !server.gatewayPids().includes(pid) && (await serves(server, 'again')))
    const [line] = server.events.lines
    assert.deepEqual([line?.fields.child, line?.fields.signal, line?.level], ['gateway 1', 'SIGKILL', 'warn'])
  })

  await t.test('a keeper that is killed: reads go on, writes wait for the next', async () => {
    const pid = server.keeperPid()
    process.kill(pid, 'SIGKILL')
    assert.equal((await server.send({ target: '/bucket/k' })).text, 'again')
    assert.ok(await serves(server, 'with the next keeper'))
    assert.notEqual(server.keeperPid(), pid)
  })

  await t.test('a keeper that dies of a broken map: the index is made anew', async () => {
    const indexes = () => readdirSync(join(server.root, 'index')).filter((name) => name.endsWith('.mdb'))
    assert.deepEqual(indexes(), ['1.mdb'])
    process.kill(server.keeperPid(), 'SIGBUS')
    assert.ok(await serves(server, 'with a new index'))
    assert.deepEqual(indexes(), ['2.mdb'])
    assert.ok(!readdirSync(join(server.root, 'index')).includes('suspect'))
  })

  await t.test('a keeper that cannot begin again at once: it is tried until it can', async () => {
    process.kill(server.keeperPid(), 'SIGKILL')
    // Somebody else has the admin port for a while.
    const other = createServer()
    const take = () => listen(other, { host: '127.0.0.1', port: server.adminPort })
    await until('the port is free', () => take().then(Boolean, () => false))
    await until('a keeper could not begin', () =>
      server.events.lines.some(({ level, fields }) => level === 'error' && fields.child === 'keeper'),
    )
    await new Promise((resolve) => other.close(resolve))
    const ready = () => fetch(`http://127.0.0.1:${server.adminPort}/-/ready`).then(({ ok }) => ok)
    await until('a keeper is there again', () => ready().catch(() => false))
    assert.ok(await serves(server, 'after all'))
  })
})

/** Children that serve for a moment, and then end. */
const shortLived = `process.on('message', ({ type }) => {
  if (type === 'stop') process.exit(0)
  process.send({ type: 'ready', port: 1 })
  setTimeout(() => process.exit(3), 20)
})`

test('supervisor: a child that ends at once is started again after longer and longer', async (t) => {
  const folder = await temporaryFolder(t)
  const main = join(folder, 'main.mjs')
  writeFileSync(main, shortLived)
  const { events } = await startTestServer(t, { main })
  const waits = () =>
    events.lines.filter(({ fields }) => fields.child === 'keeper').map(({ fields }) => Number(fields.waitMs))
  await until('the keeper ended four times', () => waits().length >= 4)
  assert.deepEqual(waits().slice(0, 4), [100, 200, 400, 800])
})

test('supervisor: a child that ends before it ever served is the reason why the server does not start', async (t) => {
  const folder = await temporaryFolder(t)
  const main = join(folder, 'main.mjs')
  writeFileSync(main, "process.on('message', () => process.exit(7))")
  await assert.rejects(
    startTestServer(t, { main }),
    /^Error: The keeper ended before it served \(exit code 7\)\. Its log is above\.$/,
  )
  writeFileSync(
    main,
    "process.on('message', ({ type }) => type === 'stop' ? process.exit(0) : process.send({ type: 'failed', message: 'no certificate' }))",
  )
  await assert.rejects(startTestServer(t, { main }), /^Error: no certificate$/)
})

test('supervisor: one server on a store; the next one begins when it has ended', async (t) => {
  const root = await temporaryFolder(t)
  const first = await startTestServer(t, { root })
  await assert.rejects(
    startTestServer(t, { root }),
    new RegExp(`locked by another process \\(process ${process.pid}\\)`),
  )
  await first.stop()
  assert.deepEqual(first.gatewayPids(), [])
  const second = await startTestServer(t, { root, settings: { workers: 0 } })
  assert.equal((await second.send({ target: '/' })).status, 200)
  await second.stop()
})
