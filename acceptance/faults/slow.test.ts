import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { needs } from '../needs.ts'
import { useServer } from '../server.ts'
import { seededBytes } from '../support/bytes.ts'
import { Connection } from '../support/connection.ts'
import { createBucket, getObject, listKeys, pathOf, putObject, signedHead } from '../support/requests.ts'

// Clients that keep the server waiting: it goes on serving others, and lets the slow ones go after a while. The times are
// those of the server (30 s for a head, 60 s without a byte of a body), so all tests of this file run side by side.

const server = await useServer()
const bucket = 'slow'
const body = seededBytes('body', 100_000)
const large = seededBytes('large', 32_000_000)
await createBucket(server, bucket)
await putObject(server, bucket, 'object', body)
await putObject(server, bucket, 'large', large)

/** Idle or slow, a connection is closed within this time. */
const patienceMs = 90_000
/** Whoever asks meanwhile is answered within this time, on a machine that is busy with other tests. */
const quickMs = 10_000

const idleCount = 10_000
const openFilesMax = Number(/Max open files\s+\d+\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1])
const enoughFiles =
  openFilesMax >= idleCount * 1.1
    ? {}
    : { skip: `${idleCount} connections need a higher limit of open files (ulimit -n)` }

async function answersQuickly(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) {
    const beganMs = performance.now()
    assert.ok((await getObject(server, bucket, 'object')).body.equals(body))
    assert.equal((await putObject(server, bucket, 'probe', 'probe')).status, 200)
    const tookMs = performance.now() - beganMs
    assert.ok(tookMs < quickMs, `a read and a write took ${tookMs.toFixed(0)} ms`)
  }
}

function putHead(key: string, content: Uint8Array): string {
  return signedHead(server, { method: 'PUT', path: pathOf(bucket, key), body: content }).head
}

async function openMany(count: number): Promise<Connection[]> {
  const connections: Connection[] = []
  while (connections.length < count) {
    const batch = Math.min(200, count - connections.length)
    connections.push(...(await Promise.all(Array.from({ length: batch }, () => Connection.open(server)))))
  }
  return connections
}

async function allClose(connections: readonly Connection[], timeoutMs = patienceMs): Promise<void> {
  const closed = await Promise.all(connections.map((connection) => connection.closes(timeoutMs)))
  const left = closed.filter((isClosed) => !isClosed).length
  assert.equal(left, 0, `${left} of ${connections.length} connections are still open after ${timeoutMs} ms`)
}

suite('slow clients', { concurrency: true, timeout: 200_000, ...needs('ownServer') }, () => {
  test('heads that come byte by byte are given up after 30 s', async () => {
    const connections = await openMany(100)
    await Promise.all(connections.map((connection) => connection.send('GET /slow/object HTTP/1.1\r\nx-slow: ')))
    const beganMs = performance.now()
    while (connections.some(({ isClosed }) => !isClosed) && performance.now() - beganMs < 45_000) {
      await Promise.all(connections.map((connection) => connection.send('a')))
      await sleep(1_000)
    }
    await allClose(connections, 1)
    assert.ok(performance.now() - beganMs > 25_000, 'they were given up too early')
  })

  test('uploads that stop are given up, and store nothing', async () => {
    const connections = await openMany(100)
    await Promise.all(
      connections.map(async (connection, index) => {
        await connection.send(putHead(`stopped ${index}`, body))
        await connection.send(body.subarray(0, index * 900))
      }),
    )
    await answersQuickly()
    await allClose(connections)
    const stored = await listKeys(server, bucket)
    assert.deepEqual(
      stored.filter((key) => key.startsWith('stopped')),
      [],
    )
  })

  test('uploads that are slow and go on are stored', async () => {
    const connections = await openMany(50)
    const slow = seededBytes('slow', 20)
    await Promise.all(
      connections.map(async (connection, index) => {
        await connection.send(putHead(`slow ${index}`, slow))
        for (const byte of slow) {
          await connection.send(Buffer.of(byte))
          await sleep(2_000)
        }
        assert.equal((await connection.reply()).status, 200)
        connection.destroy()
        assert.ok((await getObject(server, bucket, `slow ${index}`)).body.equals(slow))
      }),
    )
  })

  test('downloads that nobody reads are given up', async () => {
    const connections = await openMany(20)
    for (const connection of connections) {
      await connection.send(signedHead(server, { method: 'GET', path: pathOf(bucket, 'large') }).head)
      connection.socket.pause()
    }
    await answersQuickly()
    await sleep(135_000)
    for (const connection of connections) connection.socket.resume()
    await allClose(connections, 10_000)
    for (const { received } of connections) assert.ok(received.length < large.length, 'it was sent to the end')
  })

  test(`${idleCount} idle connections cost little, and are closed`, enoughFiles, async (t) => {
    const beganMs = performance.now()
    const connections = await openMany(idleCount)
    t.diagnostic(`opened in ${((performance.now() - beganMs) / 1000).toFixed(1)} s`)
    await answersQuickly()
    await allClose(connections)
    t.diagnostic(`all closed after ${((performance.now() - beganMs) / 1000).toFixed(1)} s`)
    await answersQuickly()
  })
})
