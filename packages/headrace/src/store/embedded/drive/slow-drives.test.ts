import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimClock } from '../../../../sim/sim-clock.ts'
import { SimDrive } from '../../../../sim/sim-drive.ts'
import { SimRandom } from '../../../../sim/sim-random.ts'
import { finish } from '../../../../test/support/sim-store.ts'
import { settled } from '../../../../test/support/waiting.ts'
import { deviceFileName, encodeDeviceFile } from '../format/device-file.ts'
import { DriveFaults } from './faulty-drive.ts'
import { probeOf, SlowDrives } from './slow-drives.ts'
import { type WatchedDrive, watchDrive } from './watched-drive.ts'
import { writeFileDurably } from './write-file.ts'

/** Drives whose calls take up to 2 ms each, and what makes them slower. */
async function drives(count: number) {
  const clock = new SimClock()
  const random = new SimRandom(7)
  const faults = new DriveFaults({ clock, random })
  const slow = new SlowDrives(clock)
  const all: WatchedDrive[] = []
  const run = <T>(work: Promise<T>) => finish(clock, work)
  for (let device = 0; device < count; device += 1) {
    const watched = watchDrive(faults.wrap(device, new SimDrive(clock, random)), clock)
    const identity = { storeId: 's', deviceId: `d${device}`, device, createdMs: 0 }
    await run(writeFileDurably(watched.drive, deviceFileName, encodeDeviceFile(identity)))
    slow.add(device, watched.watch, probeOf(watched.drive, 'probe'))
    all.push(watched)
  }
  const read = async ({ drive }: WatchedDrive) => {
    const file = await drive.open(deviceFileName, 'read')
    await file.read([new Uint8Array(64)], 0)
    await file.close()
  }
  const write = async ({ drive }: WatchedDrive) => {
    const file = await drive.open('f', 'append')
    await file.write([new Uint8Array(64)], 0)
    await file.sync()
    await file.close()
  }
  const repeat = async (times: number, use = read) => {
    for (let n = 0; n < times; n += 1) await run(Promise.all(all.map(use)))
  }
  /** Lets time pass in small bits, so that calls can go on in it. */
  const pass = async (ms: number) => {
    for (let passedMs = 0; passedMs < ms; passedMs += 5) {
      clock.advance(5)
      await settled()
    }
  }
  const isSlow = () => all.map(({ watch }) => watch.isSlow)
  return { clock, faults, slow, all, run, read, write, repeat, pass, isSlow }
}

test('SlowDrives: a drive that hangs is slow within 100 ms, before its call returns', async () => {
  const { faults, all, read, repeat, pass, isSlow, slow } = await drives(4)
  await repeat(20)
  assert.deepEqual(isSlow(), [false, false, false, false])
  faults.setFault(2, { delayMs: 1_000, calls: 'read' })
  for (const drive of all) read(drive)
  await pass(60)
  assert.deepEqual(isSlow(), [false, false, false, false])
  await pass(40)
  assert.deepEqual(isSlow(), [false, false, true, false])
  slow.close()
})

test('SlowDrives: without any figures yet, one that hangs is still found', async () => {
  const { faults, all, read, pass, isSlow, slow } = await drives(3)
  faults.setFault(0, { isStuck: true, calls: 'read' })
  read(all[0] as WatchedDrive)
  await pass(100)
  assert.deepEqual(isSlow(), [true, false, false])
  slow.close()
})

test('SlowDrives: a write may take longer before it counts as stuck', async () => {
  const { faults, all, write, pass, isSlow, slow, repeat } = await drives(3)
  await repeat(20, write)
  faults.setFault(0, { isStuck: true, calls: 'write' })
  write(all[0] as WatchedDrive)
  await pass(300)
  assert.deepEqual(isSlow(), [false, false, false])
  await pass(200)
  assert.deepEqual(isSlow(), [true, false, false])
  slow.close()
})

test('SlowDrives: an outlier by p95, of reads or of writes', async () => {
  for (const calls of ['read', 'write'] as const) {
    const { faults, read, write, repeat, isSlow, slow } = await drives(4)
    const use = calls === 'read' ? read : write
    const delayMs = calls === 'read' ? 20 : 60
    await repeat(20, use)
    faults.setFault(1, { delayMs, calls })
    await repeat(40, use)
    assert.deepEqual(isSlow(), [false, true, false, false], calls)
    slow.close()
  }
})

test('SlowDrives: noise of fast drives does not count, nor what a drive has in common with its peers', async () => {
  const { faults, isSlow, slow, repeat } = await drives(4)
  faults.setFault(1, { delayMs: 5 })
  await repeat(40)
  assert.deepEqual(isSlow(), [false, false, false, false])
  for (let device = 0; device < 4; device += 1) faults.setFault(device, { delayMs: device === 3 ? 100 : 50 })
  await repeat(40)
  assert.deepEqual(isSlow(), [false, false, false, false])
  slow.close()
})

test('SlowDrives: of two drives one can be slow; one alone cannot', async () => {
  for (const count of [1, 2]) {
    const { faults, all, read, pass, isSlow, repeat, slow } = await drives(count)
    await repeat(20)
    faults.setFault(0, { isStuck: true })
    read(all[0] as WatchedDrive)
    await pass(100)
    assert.deepEqual(isSlow(), count === 1 ? [false] : [true, false])
    slow.close()
  }
})

test('SlowDrives: when most drives are slow, at most a third are outliers', async () => {
  const { faults, all, read, pass, isSlow, repeat, slow } = await drives(6)
  await repeat(20)
  for (const device of [0, 1, 2, 3]) faults.setFault(device, { isStuck: true })
  for (const drive of all) read(drive)
  await pass(200)
  assert.deepEqual(isSlow(), [false, false, false, false, false, false])
  for (const device of [2, 3]) faults.setFault(device, undefined)
  await pass(100)
  assert.deepEqual(isSlow(), [true, true, false, false, false, false])
  faults.setFault(2, { isStuck: true })
  read(all[2] as WatchedDrive)
  await pass(200)
  assert.deepEqual(isSlow(), [true, true, false, false, false, false])
  slow.close()
})

test('SlowDrives: three good probes in a row make it normal, with figures that begin anew', async () => {
  const { clock, faults, all, read, pass, isSlow, repeat, slow } = await drives(3)
  await repeat(20)
  faults.setFault(0, { delayMs: 200 })
  const reading = read(all[0] as WatchedDrive)
  await pass(100)
  assert.deepEqual(isSlow(), [true, false, false])
  await pass(5_000)
  await reading
  assert.deepEqual(isSlow(), [true, false, false])
  faults.setFault(0, undefined)
  await pass(1_100)
  assert.deepEqual(isSlow(), [true, false, false])
  await pass(1_100)
  assert.deepEqual(isSlow(), [false, false, false])
  assert.equal(all[0]?.watch.readP95Ms, 0)
  // Nothing runs on when all is well.
  assert.equal(clock.step(), false)
  slow.close()
})

test('SlowDrives: a relapse takes twice as many probes', async () => {
  const { faults, all, read, pass, isSlow, repeat, slow } = await drives(3)
  await repeat(20)
  const relapse = async () => {
    faults.setFault(0, { isStuck: true })
    const reading = read(all[0] as WatchedDrive)
    await pass(100)
    assert.equal(isSlow()[0], true)
    faults.setFault(0, undefined)
    let tookMs = 0
    for (; isSlow()[0] && tookMs < 60_000; tookMs += 100) await pass(100)
    await reading
    return tookMs
  }
  const near = (ms: number, expectedMs: number) => assert.ok(Math.abs(ms - expectedMs) <= 300, `${ms}`)
  near(await relapse(), 1_500)
  near(await relapse(), 3_000)
  near(await relapse(), 6_000)
  await pass(61_000)
  near(await relapse(), 1_500)
  slow.close()
})

test('SlowDrives: a drive that is gone is not judged, and its timer ends', async () => {
  const { clock, faults, all, read, pass, slow, repeat } = await drives(3)
  await repeat(20)
  faults.setFault(0, { isStuck: true })
  const reading = read(all[0] as WatchedDrive)
  await pass(100)
  assert.equal(slow.isSlow(0), true)
  slow.remove(0)
  assert.equal(slow.isSlow(0), false)
  faults.setFault(0, undefined)
  await finish(clock, reading)
  await settled()
  assert.equal(clock.step(), false)
})
