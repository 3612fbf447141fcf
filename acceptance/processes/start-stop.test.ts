import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { needs } from '../needs.ts'
import { freePort, isReady, problemsIn, ServerProcess, startServer } from '../server.ts'
import { seededBytes } from '../support/bytes.ts'
import { Connection } from '../support/connection.ts'
import { mountTmpfs } from '../support/mount.ts'
import { childrenOf, isRunning } from '../support/processes.ts'
import { createBucket, getObject, listKeys, pathOf, putObject, signedHead } from '../support/requests.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { until } from '../support/wait.ts'

// A server begins where it can, says why where it cannot, and ends in order.

const options = needs('ownServer')
const bucket = 'start-stop'
/** A refusal comes, and an end is reached, within this time on a machine that is busy with other tests. */
const patienceMs = 30_000
/** More than the buffers of two sockets take. */
const large = seededBytes('large', 64 * 1024 * 1024)

/** Starts a server that must not start, and sees that the last that it says is why. */
async function refuses(reason: RegExp, ...args: string[]): Promise<void> {
  const server = new ServerProcess(['--admin-port', '0', '--port', '0', ...args], join(temporaryFolder(), 'log'))
  await until(`a server with ${args.join(' ')} ends`, patienceMs, () => !server.isRunning)
  assert.deepEqual(await server.exited, { code: 1, signal: null }, server.log)
  assert.match(server.log.trim().split('\n').at(-1) as string, reason)
}

test('a port that is taken is refused, and named', options, async (t) => {
  const other = net.createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  t.after(() => other.close())
  const { port } = other.address() as net.AddressInfo
  const taken = new RegExp(`^headrace: Port ${port} on 127\\.0\\.0\\.1 is taken by another program\\. .*--port`)
  for (const workers of ['0', '2']) {
    await refuses(taken, '--data', join(temporaryFolder(), 'data'), '--workers', workers, '--port', `${port}`)
    await refuses(taken, '--data', join(temporaryFolder(), 'data'), '--workers', workers, '--admin-port', `${port}`)
  }
})

test('a second server on the same folder is refused, and the first goes on', options, async () => {
  const first = await startServer()
  await createBucket(first, bucket)
  for (const workers of ['0', '2']) {
    await refuses(/Is a server already running on this folder\?/, '--data', first.own.folder, '--workers', workers)
  }
  assert.equal((await putObject(first, bucket, 'k', 'body')).status, 200)
  assert.deepEqual(await first.own.process.stop(), { code: 0, signal: null })
})

test('a folder that cannot be written, or holds something else, is refused', options, async (t) => {
  const isRoot = process.getuid?.() === 0
  // Modes do not bind root, a file system that is read-only does.
  const unwritable = isRoot ? await mountTmpfs(t, 'ro', 'size=1m') : temporaryFolder()
  if (!isRoot) chmodSync(unwritable, 0o555)
  await refuses(/cannot be used as a data folder: E(ROFS|ACCES).* Make it writable/, '--data', unwritable)
  const full = temporaryFolder()
  writeFileSync(join(full, 'thesis.tex'), 'years of work')
  await refuses(/holds other files \(thesis\.tex.*\).* Name an empty folder/, '--data', full)
  await refuses(/cannot be used as a data folder/, '--data', join(full, 'thesis.tex'))
})

test('settings that cannot be are refused', options, async () => {
  const data = ['--data', join(temporaryFolder(), 'data')]
  await refuses(/--port.*must be a whole number/, ...data, '--port', 'many')
  await refuses(/--tls-cert and --tls-key go together/, ...data, '--tls-cert', '/etc/hostname')
  await refuses(/hostname.*cannot be used/, ...data, '--tls-cert', '/etc/hostname', '--tls-key', '/etc/hostname')
  await refuses(/nowhere/, ...data, '--tls-cert', '/nowhere', '--tls-key', '/nowhere')
})

for (const workers of [0, 2]) {
  test(`with ${workers} workers, a stop lets downloads end and takes nothing new`, options, async (t) => {
    const server = await startServer({ workers })
    await createBucket(server, bucket)
    await putObject(server, bucket, 'large', large)
    const idle = await Connection.open(server)
    const reader = await Connection.open(server)
    t.after(() => idle.destroy())
    await reader.send(signedHead(server, { method: 'GET', path: pathOf(bucket, 'large') }).head)
    reader.socket.pause()
    await sleep(300)
    const stopping = server.own.process.stop()
    await until('new connections are refused', patienceMs, async () => !(await isReady(server)))
    assert.ok(await idle.closes(patienceMs), 'an idle connection stays open')
    assert.ok(server.own.process.isRunning, 'it ended in the middle of a download')
    reader.socket.resume()
    assert.ok((await reader.reply()).body.equals(large))
    assert.deepEqual(await stopping, { code: 0, signal: null })
    assert.deepEqual(problemsIn(server.own.process.log), [])
  })
}

test('a stop does not wait for ever for an upload that has stopped, and stores none of it', options, async () => {
  const server = await startServer()
  await createBucket(server, bucket)
  const writer = await Connection.open(server)
  await writer.send(signedHead(server, { method: 'PUT', path: pathOf(bucket, 'stopped'), body: large }).head)
  await writer.send(large.subarray(0, 1_000_000))
  assert.deepEqual(await server.own.process.stop(), { code: 0, signal: null })
  writer.destroy()
  const next = await startServer({ folder: server.own.folder })
  assert.deepEqual(await listKeys(next, bucket), [])
  assert.deepEqual(await next.own.process.stop(), { code: 0, signal: null })
})

test('a second signal ends at once', options, async () => {
  const server = await startServer()
  await createBucket(server, bucket)
  await putObject(server, bucket, 'large', large)
  const children = childrenOf(server.own.process.pid)
  const reader = await Connection.open(server)
  await reader.send(signedHead(server, { method: 'GET', path: pathOf(bucket, 'large') }).head)
  reader.socket.pause()
  server.own.process.signal('SIGINT')
  await until('it has begun to stop', patienceMs, async () => !(await isReady(server)))
  server.own.process.signal('SIGINT')
  assert.deepEqual(await server.own.process.exited, { code: 1, signal: null })
  await until('its processes end', patienceMs, () => !children.some(isRunning))
  reader.destroy()
})

test('a stop at any moment of the start is heeded, and the next start finds all in order', options, async () => {
  const folder = join(temporaryFolder(), 'data')
  for (const delayMs of [100, 300, 500, 800]) {
    const args = ['--data', folder, '--port', '0', '--admin-port', '0', '--workers', '2']
    const server = new ServerProcess(args, join(temporaryFolder(), 'log'))
    await sleep(delayMs)
    const { code, signal } = await server.stop()
    // Before the program itself runs, the signal ends the process as it ends any.
    assert.ok(code === 0 || signal === 'SIGTERM', `after ${delayMs} ms: ${code} ${signal}: ${server.log}`)
    assert.deepEqual(problemsIn(server.log), [])
  }
  const server = await startServer({ folder })
  await createBucket(server, bucket)
  assert.equal((await getObject(server, bucket, 'k')).status, 404)
  assert.deepEqual(await server.own.process.stop(), { code: 0, signal: null })
})

test('a stop as soon as it says that it is ready is a stop in order', options, async () => {
  const port = await freePort()
  const args = ['--data', join(temporaryFolder(), 'data'), '--port', `${port}`, '--admin-port', '0', '--workers', '2']
  const server = new ServerProcess(args, join(temporaryFolder(), 'log'))
  const endpoint = { url: `http://127.0.0.1:${port}`, host: '127.0.0.1', port, certificate: undefined }
  await until('it is ready', patienceMs, () => isReady(endpoint))
  assert.deepEqual(await server.stop(), { code: 0, signal: null })
})
