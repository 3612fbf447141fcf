import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimClock } from '../../../../sim/sim-clock.ts'
import { type Test, temporaryFolder } from '../../../../test/open-store.ts'
import { settled } from '../../../../test/support/waiting.ts'
import type { Drive, DriveFile } from './drive.ts'
import { FileCache } from './file-cache.ts'
import { openLocalDrive } from './local-drive.ts'
import { writeFileDurably } from './write-file.ts'

/** A cache over a drive that counts which files are open. */
async function cached(t: Test) {
  const local = openLocalDrive(await temporaryFolder(t))
  const open = new Map<string, number>()
  let opened = 0
  const count = (path: string, change: number) => open.set(path, (open.get(path) ?? 0) + change)
  const drive: Drive = {
    ...local,
    async open(path, mode): Promise<DriveFile> {
      const file = await local.open(path, mode)
      opened += 1
      count(path, 1)
      return {
        read: (into, position) => file.read(into, position),
        write: (from, position) => file.write(from, position),
        sync: () => file.sync(),
        truncate: (sizeBytes) => file.truncate(sizeBytes),
        size: () => file.size(),
        close: async () => {
          count(path, -1)
          await file.close()
        },
      }
    },
  }
  const clock = new SimClock()
  const cache = new FileCache(drive, clock)
  t.after(async () => {
    await cache.close()
    await settled()
  })
  const read = (path: string) => cache.use(path, async (file) => await file.size())
  return { local, clock, cache, read, open, opened: () => opened }
}

test('FileCache: a file is opened once for many who use it, and closed when it was idle for a while', async (t) => {
  const { local, clock, read, open, opened } = await cached(t)
  await writeFileDurably(local, 'f', Buffer.from('bytes'))
  assert.deepEqual(await Promise.all([read('f'), read('f')]), [5, 5])
  assert.equal(await read('f'), 5)
  assert.equal(opened(), 1)
  clock.advance(10_000)
  await settled()
  assert.equal(open.get('f'), 0)
  assert.equal(await read('f'), 5)
  assert.equal(opened(), 2)
})

test('FileCache: a file in use is not closed, however long it takes', async (t) => {
  const { local, clock, cache, open } = await cached(t)
  await writeFileDurably(local, 'f', Buffer.from('bytes'))
  await cache.use('f', async (file) => {
    clock.advance(60_000)
    await settled()
    assert.equal(open.get('f'), 1)
    assert.equal(await file.size(), 5)
  })
})

test('FileCache: a file that was not there is looked for again', async (t) => {
  const { local, read } = await cached(t)
  await assert.rejects(read('f'), { code: 'ENOENT' })
  await writeFileDurably(local, 'f', Buffer.from('bytes'))
  assert.equal(await read('f'), 5)
})

test('FileCache: a use that fails leaves the file to the others', async (t) => {
  const { local, cache, read, opened } = await cached(t)
  await writeFileDurably(local, 'f', Buffer.from('bytes'))
  await assert.rejects(
    cache.use('f', () => Promise.reject(new Error('a bad block'))),
    /a bad block/,
  )
  assert.equal(await read('f'), 5)
  assert.equal(opened(), 1)
})

test('FileCache: holds a limited number of files', async (t) => {
  const { local, read, open } = await cached(t)
  for (let number = 0; number < 300; number += 1) {
    await writeFileDurably(local, `f${number}`, Buffer.of(number))
    await read(`f${number}`)
  }
  await settled()
  const openNow = [...open.values()].filter((count) => count > 0).length
  assert.ok(openNow <= 256, `${openNow} files`)
})

test('FileCache: a file that failed is opened anew, and closed when nobody uses it any more', async (t) => {
  const { local, cache, read, open, opened } = await cached(t)
  await writeFileDurably(local, 'f', Buffer.from('bytes'))
  const { promise: other, resolve } = Promise.withResolvers<void>()
  const longRead = cache.use('f', () => other)
  const failure = Object.assign(new Error('EIO'), { code: 'EIO' })
  await assert.rejects(
    cache.use('f', () => Promise.reject(failure)),
    /EIO/,
  )
  assert.equal(await read('f'), 5)
  assert.equal(opened(), 2)
  assert.equal(open.get('f'), 2)
  resolve()
  await longRead
  await settled()
  assert.equal(open.get('f'), 1)
})

test('FileCache: a file that is read all the time is opened anew now and then, for another may be in its place', async (t) => {
  const { local, clock, read, open, opened } = await cached(t)
  await writeFileDurably(local, 'f', Buffer.from('bytes'))
  for (let second = 0; second < 4; second += 1) {
    assert.equal(await read('f'), 5)
    clock.advance(1_000)
  }
  assert.equal(opened(), 1)
  await writeFileDurably(local, 'f', Buffer.from('other bytes'))
  const lengths: number[] = []
  for (let second = 0; second < 4; second += 1) {
    lengths.push(await read('f'))
    clock.advance(1_000)
  }
  assert.deepEqual(lengths, [5, 11, 11, 11])
  await settled()
  assert.equal(open.get('f'), 1)
})
