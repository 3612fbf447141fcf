import assert from 'node:assert/strict'
import net from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { needs } from '../needs.ts'
import { type Server, startServer } from '../server.ts'
import { seededBytes } from '../support/bytes.ts'
import { Connection } from '../support/connection.ts'
import { childrenOf, ownMemoryOf } from '../support/processes.ts'
import { createBucket, pathOf, signedHead } from '../support/requests.ts'

// Bodies pass through in pieces: how much memory a server takes does not depend on how large objects are, nor on how
// slowly they are read.

const mib = 1024 * 1024
const memoryMaxBytes = 300_000_000
const clients = 64
const objectMib = 64
const bucket = 'memory'
/** An object is this again and again, so that neither this process nor the test's time is spent on making bytes. */
const piece = seededBytes('piece', mib)
/** Every stretch of an object that is no longer than a piece is found here. */
const twoPieces = Buffer.concat([piece, piece])

async function upload(server: Server, key: string): Promise<void> {
  const headers = { 'content-length': `${objectMib * mib}` }
  const payload = 'UNSIGNED-PAYLOAD'
  const { head } = signedHead(server, { method: 'PUT', path: pathOf(bucket, key), headers, payload })
  const connection = await Connection.open(server)
  await connection.send(head)
  for (let count = 0; count < objectMib; count += 1) await connection.send(piece)
  assert.equal((await connection.reply(120_000)).status, 200)
  connection.destroy()
}

/** Asks for an object, reads nothing for a while, and then everything. */
async function download(server: Server, key: string, pauseMs: number): Promise<void> {
  const socket = net.connect({ host: server.host, port: server.port })
  socket.write(signedHead(server, { method: 'GET', path: pathOf(bucket, key) }).head)
  await sleep(pauseMs)
  let head = Buffer.alloc(0)
  let at = -1
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    let bytes = chunk
    if (at < 0) {
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) continue
      assert.match(head.subarray(0, end).toString('latin1'), /^HTTP\/1\.1 200 /)
      bytes = head.subarray(end + 4)
      at = 0
    }
    const begin = at % mib
    assert.ok(bytes.equals(twoPieces.subarray(begin, begin + bytes.length)), `${key} differs at ${at}`)
    at += bytes.length
    if (at === objectMib * mib) break
  }
  assert.equal(at, objectMib * mib)
}

/** Does some work for every client at a time, and sees how much memory each process has at most meanwhile. */
async function measured(t: TestContext, what: string, server: Required<Server>, work: (key: string) => Promise<void>) {
  const pids = childrenOf(server.own.process.pid)
  const most = pids.map(() => 0)
  const sampling = setInterval(() => {
    for (const [index, pid] of pids.entries()) most[index] = Math.max(most[index] ?? 0, ownMemoryOf(pid))
  }, 100)
  const beganMs = performance.now()
  try {
    await Promise.all(Array.from({ length: clients }, (_, client) => work(`object ${client}`)))
  } finally {
    clearInterval(sampling)
  }
  const shown = most.map((bytes) => (bytes / 1e6).toFixed(0)).join(', ')
  t.diagnostic(`${what}: ${((performance.now() - beganMs) / 1000).toFixed(1)} s; at most ${shown} MB in a process`)
  assert.deepEqual(childrenOf(server.own.process.pid), pids, 'a process of the server was replaced')
  assert.ok(Math.max(...most) < memoryMaxBytes, `${what} took ${shown} MB`)
  assert.ok(Math.min(...most) > 0)
}

test(`${clients} clients, each with an object of ${objectMib} MiB`, needs('ownServer'), async (t) => {
  const server = await startServer()
  await createBucket(server, bucket)
  await measured(t, 'uploads', server, (key) => upload(server, key))
  await measured(t, 'downloads', server, (key) => download(server, key, 0))
  await measured(t, 'downloads that nobody reads for 5 s', server, (key) => download(server, key, 5_000))
  assert.deepEqual(await server.own.process.stop(), { code: 0, signal: null })
})
