import assert from 'node:assert/strict'
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { needs } from '../needs.ts'
import { problemsIn, type Server, startServer } from '../server.ts'
import { seededBytes } from '../support/bytes.ts'
import { mountTmpfs } from '../support/mount.ts'
import { childrenOf } from '../support/processes.ts'
import { assertRefused, createBucket, getObject, listKeys, pathOf, putObject, request } from '../support/requests.ts'
import { abortUpload, beginUpload, partOf } from '../support/uploads.ts'
import { until } from '../support/wait.ts'

// A drive that is full: writes are refused by name, reads go on, and deletes make room.

const mib = 1024 * 1024
const bucket = 'full-disk'
const options = needs('ownServer', 'root')
/** The space in reserve is for commits, which deletes need too. */
const reserveBytes = 32 * mib
const args = ['--reserve-bytes', `${reserveBytes}`]
const writers = 8
/** Space comes back within this time after a delete. */
const roomMs = 60_000

/** Fills the drive from several writers until it takes no more; returns what was stored, with its size. */
async function fill(server: Server, prefix: string, bytes: number): Promise<Map<string, number>> {
  const stored = new Map<string, number>()
  let count = 0
  const write = async () => {
    for (;;) {
      const key = `${prefix} ${count++}`
      const reply = await putObject(server, bucket, key, seededBytes(key, bytes))
      if (reply.status !== 200) return assertRefused(reply, 507, 'InsufficientStorage')
      stored.set(key, bytes)
      assert.ok(stored.size * bytes < 512 * mib, 'the drive does not get full')
    }
  }
  await Promise.all(Array.from({ length: writers }, write))
  return stored
}

function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

/** Everything that was acknowledged is there, and nothing else. */
async function assertHolds(server: Server, objects: ReadonlyMap<string, number>): Promise<void> {
  assert.deepEqual(await listKeys(server, bucket), [...objects.keys()].sort())
  for (const [key, bytes] of objects) {
    const { status, body } = await getObject(server, bucket, key)
    assert.equal(status, 200)
    assert.ok(body.equals(seededBytes(key, bytes)), key)
  }
}

async function remove(server: Server, objects: Map<string, number>, keys: readonly string[]): Promise<void> {
  for (const key of keys) {
    const reply = await request(server, { method: 'DELETE', path: pathOf(bucket, key) })
    assert.equal(reply.status, 204, reply.body.toString())
    objects.delete(key)
  }
}

/** Writes until the store takes this object. */
async function becomesWritable(server: Server, key: string, bytes: number): Promise<void> {
  const body = seededBytes(key, bytes)
  await until('there is room', roomMs, async () => (await putObject(server, bucket, key, body)).status === 200)
}

test('a full drive: writes are refused, reads go on, deletes make room', options, async (t) => {
  const drive = await mountTmpfs(t, 'size=256m')
  let server = await startServer({ folder: join(drive, 'data'), args })
  await createBucket(server, bucket)
  const upload = await beginUpload(server, bucket, 'parts')
  const large = await fill(server, 'large', 4 * mib)
  assert.ok(large.size > 30, `only ${large.size} objects fit`)
  const objects = new Map([...large, ...(await fill(server, 'small', 20_000))])
  assert.ok(freeBytesOf(drive) > reserveBytes / 2, `only ${freeBytesOf(drive)} bytes were left in reserve`)
  await assertHolds(server, objects)

  assertRefused(await request(server, partOf(upload, 1, seededBytes('part', mib))), 507, 'InsufficientStorage')
  assert.equal((await abortUpload(server, upload)).status, 204)

  await remove(server, objects, [...large.keys()].slice(0, 10))
  await becomesWritable(server, 'again', mib)
  objects.set('again', mib)
  for (const [key, bytes] of await fill(server, 'more', 4 * mib)) objects.set(key, bytes)
  await assertHolds(server, objects)

  // A store that is full opens again, and an emptied one gives its space back.
  await stopsInOrder(server)
  server = await startServer({ folder: join(drive, 'data'), args })
  await assertHolds(server, objects)
  await remove(server, objects, [...objects.keys()])
  await becomesWritable(server, 'k', 128 * mib)
  await stopsInOrder(server)
})

test('a full drive: deletes of small objects, packed together, make room', options, async (t) => {
  const drive = await mountTmpfs(t, 'size=256m')
  const server = await startServer({ folder: join(drive, 'data'), args })
  await createBucket(server, bucket)
  const objects = await fill(server, 'packed', mib)
  assert.ok(objects.size > 150, `only ${objects.size} objects fit`)
  await remove(server, objects, [...objects.keys()])
  for (const size of [1, 16, 64]) await becomesWritable(server, 'k', size * mib)
  await stopsInOrder(server)
})

test(
  'a drive that another program fills to the last byte: reads go on, and writes when there is room',
  options,
  async (t) => {
    const drive = await mountTmpfs(t, 'size=128m')
    const server = await startServer({ folder: join(drive, 'data'), args })
    const children = childrenOf(server.own.process.pid)
    await createBucket(server, bucket)
    const objects = new Map(
      Array.from({ length: 40 }, (_, index) => [`object ${index}`, index % 2 === 0 ? mib : 10_000]),
    )
    for (const [key, bytes] of objects) await putObject(server, bucket, key, seededBytes(key, bytes))

    const ballast = join(drive, 'ballast')
    writeUntilFull(ballast)
    for (const [index, key] of [...objects.keys()].entries()) {
      // What there is room for by chance is stored, and the rest refused; nothing hangs, and nothing is half done.
      const path = pathOf(bucket, key)
      const asked = index < 20 ? { method: 'PUT', path, body: seededBytes(key, mib) } : { method: 'DELETE', path }
      const reply = await request(server, asked)
      if (reply.status >= 300) assertRefused(reply, 507, 'InsufficientStorage')
      else if (index < 20) objects.set(key, mib)
      else objects.delete(key)
    }
    await assertHolds(server, objects)

    rmSync(ballast)
    await becomesWritable(server, 'again', mib)
    objects.set('again', mib)
    await remove(server, objects, [...objects.keys()].slice(0, 10))
    await assertHolds(server, objects)
    assert.deepEqual(childrenOf(server.own.process.pid), children, 'a process of the server was replaced')
    await stopsInOrder(server)
  },
)

/** Fills the file system of a file with it. */
function writeUntilFull(path: string): void {
  const file = openSync(path, 'w')
  try {
    for (const piece of [mib, 4096]) {
      try {
        for (;;) writeSync(file, Buffer.alloc(piece))
      } catch (error) {
        assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
      }
    }
  } finally {
    closeSync(file)
  }
}

async function stopsInOrder({ own }: Required<Server>): Promise<void> {
  assert.deepEqual(await own.process.stop(), { code: 0, signal: null })
  // That there is no room is a good reason to complain.
  const problems = problemsIn(own.process.log).filter((line) => !line.includes('ENOSPC'))
  assert.deepEqual(problems, [])
}
