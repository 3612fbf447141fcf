import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { temporaryFolder } from '../../test/open-store.ts'
import { FakeStoreAdmin, status } from '../../test/support/fake-store-admin.ts'
import { systemClock } from '../core/runtime.ts'
import { adminClient } from './admin-client.ts'
import { socketTransport } from './admin-transport.ts'
import { announceServer, findServer, ServerNotFoundError, unreachable, withdrawServer } from './announcement.ts'
import { LocalAdmin } from './local-admin.ts'
import { apiPrefix } from './store-operations.ts'

async function driveFolders(t: TestContext, ...names: string[]): Promise<string[]> {
  const folder = await temporaryFolder(t)
  return names.map((name) => {
    mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, name, 'device.json'), '{}')
    return join(folder, name)
  })
}

function startLocal(t: TestContext) {
  const failures: Error[] = []
  const local = new LocalAdmin({
    store: new FakeStoreAdmin().store,
    allowFaults: false,
    failed: (error) => failures.push(error as Error),
    clock: systemClock,
  })
  t.after(() => local.close())
  return { local, failures }
}

async function ask(root: string) {
  const server = await findServer(root)
  const store = adminClient('store', socketTransport(server.socketPath))
  return await store.status({}).catch((error) => Promise.reject(unreachable(root, server, error)))
}

function notFound(message: RegExp) {
  return (error: Error) => {
    assert.ok(error instanceof ServerNotFoundError, String(error))
    assert.match(error.message, message)
    return true
  }
}

test('local admin: any drive leads to the server, and nobody else may open its socket', async (t) => {
  const [a = '', b = ''] = await driveFolders(t, 'a', 'b')
  const { local, failures } = startLocal(t)
  await local.announce([a, b])
  for (const root of [a, b]) {
    assert.deepEqual(await ask(root), status)
    assert.equal(statSync((await findServer(root)).socketPath).mode & 0o777, 0o600)
    assert.equal(statSync(join(root, 'locks', 'server.json')).mode & 0o777, 0o600)
  }
  await local.close()
  for (const root of [a, b])
    await assert.rejects(ask(root), notFound(/No server is running on .*headrace serve --data/))
  assert.ok(!existsSync(join(a, 'admin.sock')))
  assert.deepEqual(failures, [])
})

test('local admin: drives come, go and return', async (t) => {
  const [a = '', b = ''] = await driveFolders(t, 'a', 'b')
  const { local } = startLocal(t)
  await local.announce([a])
  await assert.rejects(ask(b), notFound(/No server is running/))
  await local.announce([a, b])
  assert.deepEqual(await ask(b), status)
  await local.announce([b])
  await assert.rejects(ask(a), notFound(/No server is running/))
  // Its file system goes away, and comes back as it was before the server began.
  renameSync(b, `${b}-away`)
  mkdirSync(b)
  writeFileSync(join(b, 'device.json'), '{}')
  await local.announce([b])
  assert.deepEqual(await ask(b), status)
})

test('local admin: a folder that is no drive gets no file, and keeps nobody from the others', async (t) => {
  const [a = ''] = await driveFolders(t, 'a')
  const unmounted = await temporaryFolder(t)
  const { local, failures } = startLocal(t)
  await local.announce([unmounted, a, join(unmounted, 'absent')])
  assert.deepEqual(await ask(a), status)
  assert.equal(failures.length, 2)
  assert.match(failures[0]?.message ?? '', /cannot be reached by the drive/)
  assert.ok(!existsSync(join(unmounted, 'locks')))
  assert.ok(!existsSync(join(unmounted, 'admin.sock')))
})

test('local admin: a path too long for a socket is no obstacle', async (t) => {
  const [deep = ''] = await driveFolders(t, 'x'.repeat(120))
  const { local } = startLocal(t)
  await local.announce([deep])
  assert.deepEqual(await ask(deep), status)
})

test('local admin: the socket of a server that was killed is taken over', async (t) => {
  const [a = ''] = await driveFolders(t, 'a')
  const script = `require('node:net').createServer().listen(${JSON.stringify(join(a, 'admin.sock'))}, () => process.kill(process.pid, 'SIGKILL'))`
  const { pid } = spawnSync(process.execPath, ['-e', script])
  assert.ok(existsSync(join(a, 'admin.sock')))
  await announceServer(a, { pid, socketPath: join(a, 'admin.sock') })
  await assert.rejects(ask(a), notFound(new RegExp(`is gone: process ${pid} has ended\\. Start it: headrace serve`)))
  const { local } = startLocal(t)
  await local.announce([a])
  assert.deepEqual(await ask(a), status)
})

test('findServer: a folder that is none, or no drive, or has something else in place of the word', async (t) => {
  const [a = ''] = await driveFolders(t, 'a')
  const folder = await temporaryFolder(t)
  for (const wrong of [folder, join(folder, 'absent'), join(a, 'device.json')]) {
    await assert.rejects(ask(wrong), notFound(/is not a drive of a store .*--data .*--endpoint/))
  }
  await assert.rejects(ask(a), notFound(/No server is running/))
  mkdirSync(join(a, 'locks'))
  for (const text of [
    '',
    '{',
    '{"formatVersion":2,"pid":1,"socket":"s"}',
    '{"formatVersion":1,"pid":-1,"socket":"s"}',
  ]) {
    writeFileSync(join(a, 'locks', 'server.json'), text)
    await assert.rejects(ask(a), notFound(/is not what a server wrote/))
  }
})

test('findServer: a copy of a drive does not lead to the server of the original', async (t) => {
  const [a = ''] = await driveFolders(t, 'a')
  const { local } = startLocal(t)
  await local.announce([a])
  const copy = join(await temporaryFolder(t), 'copy')
  cpSync(a, copy, { recursive: true, filter: (path) => !path.endsWith('.sock') })
  await assert.rejects(ask(copy), notFound(/is gone: process \d+ does not answer/))
})

test('unreachable: what another user has is said to be theirs, and the rest with its reason', () => {
  const server = { pid: process.pid, socketPath: '/d/admin.sock' }
  const failure = (code: string) =>
    unreachable('/d', server, Object.assign(new Error(`${code}, no less`), { code })).message
  assert.match(failure('EACCES'), /another user's.*--endpoint/)
  assert.match(failure('ECONNRESET'), /cannot be asked on .*: ECONNRESET, no less/)
})

test('local admin: a request that is not what HTTP or UTF-8 wants is refused', async (t) => {
  const [a = ''] = await driveFolders(t, 'a')
  const { local, failures } = startLocal(t)
  await local.announce([a])
  const send = socketTransport((await findServer(a)).socketPath)
  for (const target of [`${apiPrefix}/work/%ff`, `${apiPrefix}/work/%`, `${apiPrefix}/explain?bucket=b&key=%f`]) {
    const { status, text } = await send({ method: 'GET', target, body: undefined })
    assert.deepEqual([status, JSON.parse(text).error.code], [400, 'InvalidRequest'], target)
  }
  assert.deepEqual(failures, [])
})

test('withdrawServer: leaves alone what the next server said', async (t) => {
  const [a = ''] = await driveFolders(t, 'a')
  await announceServer(a, { pid: 12_345, socketPath: join(a, 'admin.sock') })
  await withdrawServer(a, 54_321)
  assert.match(readFileSync(join(a, 'locks', 'server.json'), 'utf8'), /12345/)
  assert.equal((await findServer(a)).socketPath, join(a, 'admin.sock'))
  await withdrawServer(a, 12_345)
  assert.ok(!existsSync(join(a, 'locks', 'server.json')))
})
