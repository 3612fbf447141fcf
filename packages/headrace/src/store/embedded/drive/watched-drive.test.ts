import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimClock } from '../../../../sim/sim-clock.ts'
import { type Deferred, deferred, settled } from '../../../../test/support/waiting.ts'
import type { Drive, DriveFile } from './drive.ts'
import { watchDrive } from './watched-drive.ts'

/** A drive whose calls are let go one by one, by the test. */
class HeldDrive implements Drive {
  readonly name = 'held'
  readonly calls: { readonly what: string; readonly held: Deferred }[] = []

  get waiting(): string[] {
    return this.calls.map(({ what }) => what)
  }

  release(error?: Error): void {
    const call = this.calls.shift()
    if (error === undefined) call?.held.resolve()
    else call?.held.reject(error)
  }

  async open(path: string): Promise<DriveFile> {
    const hold = (what: string) => this.#hold(`${what} ${path}`)
    return {
      read: async () => {
        await hold('read')
        return 1
      },
      write: () => hold('write'),
      sync: () => hold('sync'),
      truncate: () => hold('truncate'),
      size: async () => {
        await hold('size')
        return 1
      },
      close: () => hold('close'),
    }
  }

  rename(from: string, to: string): Promise<void> {
    return this.#hold(`rename ${from} ${to}`)
  }

  async remove(path: string): Promise<boolean> {
    await this.#hold(`remove ${path}`)
    return true
  }

  syncFolder(path: string): Promise<void> {
    return this.#hold(`sync folder ${path}`)
  }

  async list(folder: string): Promise<string[]> {
    await this.#hold(`list ${folder}`)
    return []
  }

  makeFolder(path: string): Promise<void> {
    return this.#hold(`make folder ${path}`)
  }

  async space(): Promise<{ freeBytes: number; totalBytes: number }> {
    await this.#hold('space')
    return { freeBytes: 1, totalBytes: 1 }
  }

  async folderId(): Promise<string> {
    await this.#hold('folder id')
    return '1'
  }

  #hold(what: string): Promise<void> {
    const held = deferred()
    this.calls.push({ what, held })
    return held.promise
  }
}

function watched(calls?: number) {
  const held = new HeldDrive()
  const clock = new SimClock()
  return { held, clock, ...watchDrive(held, clock, { calls }) }
}

const bytes = (count: number) => [new Uint8Array(count)]

test('watchDrive: so many calls run at once, the others wait in order', async () => {
  const { held, drive, watch } = watched()
  const over: string[] = []
  for (let n = 0; n < 10; n += 1) drive.list(String(n)).then(() => over.push(String(n)))
  await settled()
  assert.deepEqual(held.waiting, ['list 0', 'list 1', 'list 2', 'list 3', 'list 4', 'list 5'])
  assert.equal(watch.inFlight, 6)
  assert.equal(watch.waiting, 4)
  held.release()
  held.release()
  await settled()
  assert.deepEqual(held.waiting.slice(-2), ['list 6', 'list 7'])
  assert.equal(watch.inFlight, 6)
  for (let n = 0; n < 8; n += 1) {
    held.release()
    await settled()
  }
  assert.deepEqual(over, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
  assert.equal(watch.inFlight, 0)
  assert.equal(watch.waiting, 0)
})

test('watchDrive: every kind of call takes a place, and gives it back when it fails', async () => {
  const { held, drive, watch } = watched(1)
  const file = await drive.open('f', 'append')
  const calls = [
    () => file.read(bytes(1), 0),
    () => file.write(bytes(1), 0),
    () => file.sync(),
    () => file.truncate(0),
    () => file.size(),
    () => file.close(),
    () => drive.rename('a', 'b'),
    () => drive.remove('a'),
    () => drive.syncFolder('a'),
    () => drive.list('a'),
    () => drive.makeFolder('a'),
    () => drive.space(),
    () => drive.folderId(),
  ]
  for (const call of calls) {
    const failing = call()
    await settled()
    assert.equal(watch.inFlight, 1)
    held.release(Object.assign(new Error('broken'), { code: 'EIO' }))
    await assert.rejects(failing, { code: 'EIO' })
    assert.equal(watch.inFlight, 0)
  }
  assert.deepEqual([...watch.errors()], [['EIO', calls.length]])
})

test('watchDrive: background calls take half of the places, and wait while others do', async () => {
  const { held, drive, background, watch } = watched()
  for (let n = 0; n < 5; n += 1) background.list(`b${n}`)
  await settled()
  assert.deepEqual(held.waiting, ['list b0', 'list b1', 'list b2'])
  for (let n = 0; n < 5; n += 1) drive.list(`f${n}`)
  await settled()
  assert.deepEqual(held.waiting.slice(3), ['list f0', 'list f1', 'list f2'])
  assert.equal(watch.waiting, 4)
  held.release()
  await settled()
  assert.equal(held.waiting.at(-1), 'list f3')
  held.release()
  await settled()
  assert.equal(held.waiting.at(-1), 'list f4')
  held.release()
  await settled()
  assert.equal(held.waiting.at(-1), 'list b3')
})

test('watchDrive: background work gets on, though slowly, when there are always others', async () => {
  const { held, drive, background } = watched(1)
  for (let n = 0; n < 100; n += 1) drive.list(`f${n}`)
  for (let n = 0; n < 3; n += 1) background.list(`b${n}`)
  const order: string[] = []
  for (let n = 0; n < 103; n += 1) {
    await settled()
    order.push(held.waiting[0] as string)
    held.release()
  }
  const places = order.flatMap((what, index) => (what.startsWith('list b') ? [index] : []))
  assert.deepEqual(places, [16, 32, 48])
})

test('watchDrive: a call with a free place begins at once', () => {
  const { held, drive } = watched()
  drive.list('a')
  assert.deepEqual(held.waiting, ['list a'])
})

test('DriveWatch: reads and writes are measured apart, without what moves no bytes and without the wait', async () => {
  const { held, clock, drive, watch } = watched(1)
  const file = await drive.open('f', 'append')
  const timed = async (call: Promise<unknown>, ms: number) => {
    await settled()
    clock.advance(ms)
    held.release()
    await call
  }
  await timed(drive.list('.'), 500)
  await timed(file.size(), 500)
  assert.equal(watch.readP95Ms, 0)
  for (let n = 0; n < 20; n += 1) await timed(file.read(bytes(4_096), 0), 10)
  for (let n = 0; n < 20; n += 1) await timed(file.write(bytes(4_096), 0), 40)
  const near = (actual: number, ms: number) => assert.ok(Math.abs(actual / ms - 1) < 0.1, `${actual} is not ${ms}`)
  near(watch.readP50Ms, 10)
  near(watch.readP95Ms, 10)
  near(watch.writeP50Ms, 40)
  near(watch.writeP95Ms, 40)

  const first = file.read(bytes(1), 0)
  const second = file.read(bytes(1), 0)
  await settled()
  clock.advance(300)
  assert.equal(watch.oldestCallMs, 300)
  held.release()
  await first
  await settled()
  assert.equal(watch.oldestCallMs, 0)
  held.release()
  await second
})

test('DriveWatch: calls of any size can be compared, and none is so large that it hides that it hangs', async () => {
  const { held, clock, drive, watch } = watched()
  const file = await drive.open('f', 'append')
  for (let n = 0; n < 20; n += 1) {
    const write = file.write(bytes(1024 * 1024), 0)
    held.release()
    await write
  }
  file.sync()
  await settled()
  clock.advance(160)
  assert.equal(watch.oldestCallMs, 160)
  assert.equal(watch.comparableAgeMs('write'), 10)
  assert.equal(watch.comparableAgeMs('read'), 0)
  // What was written before the sync that is under way is no matter of the next one.
  file.sync()
  clock.advance(100)
  assert.equal(watch.comparableAgeMs('write'), 100)
})

test('DriveWatch: errors are forgotten after a minute', async () => {
  const { held, clock, drive, watch } = watched()
  const fail = async (code: string) => {
    const call = drive.list('.')
    held.release(Object.assign(new Error(code), { code }))
    await assert.rejects(call)
  }
  await fail('EIO')
  clock.advance(40_000)
  await fail('EIO')
  await fail('ENOENT')
  assert.deepEqual(Object.fromEntries(watch.errors()), { EIO: 2, ENOENT: 1 })
  clock.advance(30_000)
  assert.deepEqual(Object.fromEntries(watch.errors()), { EIO: 1, ENOENT: 1 })
  clock.advance(30_000)
  assert.equal(watch.errors().size, 0)
})
