import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { SimClock } from '../../../../sim/sim-clock.ts'
import { SimRandom } from '../../../../sim/sim-random.ts'
import { type Test, temporaryFolder } from '../../../../test/open-store.ts'
import { FailingDrive } from '../../../../test/support/failing-drive.ts'
import { deviceFileName, encodeDeviceFile } from '../format/device-file.ts'
import { checkReads, checkWrites, WrongDriveError } from './check-drive.ts'
import { DriveFaults } from './faulty-drive.ts'
import { formatDrive } from './format-drive.ts'

const device = { storeId: 'store', deviceId: 'drive', device: 4, createdMs: 1 }

async function formatted(t: Test) {
  const root = await temporaryFolder(t)
  const local = await formatDrive(root, device)
  const faults = new DriveFaults({ clock: new SimClock(), random: new SimRandom(1) })
  return { root, local, faults, drive: faults.wrap(4, local) }
}

test('checkReads: the drive that it should be, and only that', async (t) => {
  const { root, drive } = await formatted(t)
  await checkReads(drive, device)
  const wrong = [
    { ...device, deviceId: 'another' },
    { ...device, storeId: 'another' },
  ]
  for (const other of wrong) {
    await assert.rejects(checkReads(drive, other), (error: Error) => {
      assert.ok(error instanceof WrongDriveError)
      assert.equal(error.message, `${root} is another drive: drive of store store`)
      return true
    })
  }
  await writeFile(join(root, deviceFileName), encodeDeviceFile(device).subarray(0, 20))
  await assert.rejects(checkReads(drive, device), { name: 'FormatError' })
  await rm(join(root, deviceFileName))
  await assert.rejects(checkReads(drive, device), { code: 'ENOENT' })
  await rm(root, { recursive: true })
  await assert.rejects(checkReads(drive, device), { code: 'ENOENT' })
})

test('checkWrites: leaves nothing, and is not disturbed by what a check before it left', async (t) => {
  const { root, drive } = await formatted(t)
  await writeFile(join(root, 'tmp', 'probe'), 'left')
  await checkWrites(drive, 'probe')
  assert.deepEqual(await drive.list('tmp'), [])
})

test('checkWrites: a full drive is well, one that cannot be written to is not', async (t) => {
  const { drive, local, faults } = await formatted(t)
  for (const code of ['EROFS', 'EIO', 'ENODEV'] as const) {
    faults.setFault(4, { errorCode: code, calls: 'write' })
    await assert.rejects(checkWrites(drive, 'probe'), { code })
  }
  const failing = new FailingDrive(local)
  failing.failAt(1, 'ENOSPC', /^write/)
  await checkWrites(failing, 'probe')
  assert.equal(failing.failed, 'write tmp/probe')
  assert.deepEqual(await local.list('tmp'), [])
})

test('checkWrites: makes no folder, for the drive may not be mounted', async (t) => {
  const { root, drive, local } = await formatted(t)
  await rm(root, { recursive: true })
  await assert.rejects(checkWrites(drive, 'probe'), { code: 'ENOENT' })
  assert.deepEqual(await local.list('.'), [])
})
