import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimClock } from '../../../../sim/sim-clock.ts'
import { SimRandom } from '../../../../sim/sim-random.ts'
import { type Test, temporaryFolder } from '../../../../test/open-store.ts'
import { settled } from '../../../../test/support/waiting.ts'
import { DriveFaults, type Fault } from './faulty-drive.ts'
import { openLocalDrive } from './local-drive.ts'
import { readWholeFile, writeFileDurably } from './write-file.ts'

const device = 3

async function faulty(t: Test) {
  const clock = new SimClock()
  const faults = new DriveFaults({ clock, random: new SimRandom(1) })
  const local = openLocalDrive(await temporaryFolder(t))
  const drive = faults.wrap(device, local)
  await writeFileDurably(drive, 'f', Buffer.alloc(10_000, 7))
  return { clock, faults, local, drive, read: () => readWholeFile(drive, 'f') }
}

test('DriveFaults: without a fault everything goes through, and a fault of another drive is no matter', async (t) => {
  const { faults, drive, read } = await faulty(t)
  faults.setFault(device + 1, { errorCode: 'EIO' })
  assert.deepEqual(await read(), Buffer.alloc(10_000, 7))
  await drive.makeFolder('a')
  await drive.rename('f', 'a/g')
  assert.deepEqual(await drive.list('a'), ['g'])
  await drive.syncFolder('a')
  assert.equal(await drive.remove('a/g'), true)
  assert.ok((await drive.space()).totalBytes > 0)
})

test('DriveFaults: reads or writes fail with a code, until the fault is taken away', async (t) => {
  const { faults, drive, read } = await faulty(t)
  const write = () => writeFileDurably(drive, 'g', Buffer.from('bytes'))
  faults.setFault(device, { errorCode: 'EIO', calls: 'read' })
  await assert.rejects(read(), { code: 'EIO' })
  await write()
  faults.setFault(device, { errorCode: 'EROFS', calls: 'write' })
  await read()
  await assert.rejects(write(), { code: 'EROFS' })
  faults.setFault(device, { errorCode: 'ENOSPC' })
  await assert.rejects(read(), { code: 'ENOSPC' })
  assert.deepEqual([...faults.all.keys()], [device])
  faults.setFault(device, undefined)
  await read()
  await write()
  assert.equal(faults.all.size, 0)
})

test('DriveFaults: a file that is open when the fault comes is struck too, and can be closed', async (t) => {
  const { faults, drive } = await faulty(t)
  const file = await drive.open('f', 'append')
  faults.setFault(device, { errorCode: 'EIO' })
  await assert.rejects(file.read([new Uint8Array(1)], 0), { code: 'EIO' })
  await assert.rejects(file.write([new Uint8Array(1)], 0), { code: 'EIO' })
  await assert.rejects(file.sync(), { code: 'EIO' })
  await assert.rejects(file.size(), { code: 'EIO' })
  await assert.rejects(file.truncate(0), { code: 'EIO' })
  await file.close()
})

test('DriveFaults: a call is late by the delay, and may then fail', async (t) => {
  const { clock, faults, drive } = await faulty(t)
  faults.setFault(device, { delayMs: 1_000, errorCode: 'EIO' })
  const failures: { code?: string }[] = []
  const listing = drive.list('.').catch((error) => failures.push(error))
  clock.advance(999)
  await settled()
  assert.equal(failures.length, 0)
  clock.advance(1)
  await listing
  assert.equal(failures[0]?.code, 'EIO')
})

test('DriveFaults: calls that are stuck go on when the fault is taken away', async (t) => {
  const { clock, faults, drive } = await faulty(t)
  faults.setFault(device, { isStuck: true })
  const over: string[] = []
  const calls = ['a', 'b'].map((name) => drive.list(name).then(() => over.push(name)))
  clock.advance(3_600_000)
  await settled()
  assert.deepEqual(over, [])
  faults.setFault(device, undefined)
  await Promise.all(calls)
  assert.deepEqual(over.sort(), ['a', 'b'])
})

test('DriveFaults: a fault that is taken away during the delay sticks nothing', async (t) => {
  const { clock, faults, drive } = await faulty(t)
  faults.setFault(device, { isStuck: true, delayMs: 100 })
  const listing = drive.list('.')
  faults.setFault(device, undefined)
  clock.advance(100)
  await listing
})

test('DriveFaults: one bit of what is read is flipped, and nothing on the drive', async (t) => {
  const { faults, drive, local } = await faulty(t)
  faults.setFault(device, { flipsBits: true })
  const flipped = new Set<number>()
  for (let n = 0; n < 20; n += 1) {
    const file = await drive.open('f', 'read')
    const parts = [new Uint8Array(3_000), new Uint8Array(20_000)]
    assert.equal(await file.read(parts, 0), 10_000)
    await file.close()
    const read = Buffer.concat(parts).subarray(0, 10_000)
    const wrong = [...read].flatMap((byte, place) => (byte === 7 ? [] : [{ byte, place }]))
    assert.equal(wrong.length, 1)
    const { byte = 0, place = 0 } = wrong[0] ?? {}
    assert.equal(Math.log2(byte ^ 7) % 1, 0)
    flipped.add(place)
  }
  assert.ok(flipped.size > 10)
  assert.deepEqual(await readWholeFile(local, 'f'), Buffer.alloc(10_000, 7))
})

test('DriveFaults: nothing is flipped where nothing was read', async (t) => {
  const { faults, drive } = await faulty(t)
  faults.setFault(device, { flipsBits: true })
  const file = await drive.open('f', 'read')
  const into = new Uint8Array(10)
  assert.equal(await file.read([into], 10_000), 0)
  assert.deepEqual(into, new Uint8Array(10))
  await file.close()
})

test('DriveFaults: a share of the calls is struck', async (t) => {
  const { faults, drive } = await faulty(t)
  const fault: Fault = { errorCode: 'EIO', probability: 0.1 }
  faults.setFault(device, fault)
  let failed = 0
  for (let n = 0; n < 1_000; n += 1) await drive.list('none').catch(() => (failed += 1))
  assert.ok(failed > 60 && failed < 140, `${failed} of 1,000 failed`)
})
