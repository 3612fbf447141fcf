import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WrongDriveError } from '../drive/check-drive.ts'
import { openLocalDrive } from '../drive/local-drive.ts'
import type { MapDevice } from '../placement/store-map.ts'
import { DriveJudgement } from './drive-judgement.ts'

const graceMs = 600_000
const wallMs = 1_700_000_000_000
const device: MapDevice = {
  id: 3,
  uuid: 'u3',
  path: '/d3',
  fileSystemId: '1',
  host: 'h',
  rack: undefined,
  deviceClass: 'hot',
  capacityBytes: 1,
  membership: 'in',
  isUp: true,
  downSinceMs: undefined,
}

const at = (ms: number) => ({ nowMs: wallMs + ms, monotonicMs: 5_000 + ms })
const failure = (code: string) => Object.assign(new Error(`${code}: failed`), { code })
const down: MapDevice = { ...device, isUp: false, downSinceMs: wallMs }
const kindOf = (judgement: DriveJudgement, mapped: MapDevice, ms: number) => judgement.decide(mapped, at(ms))?.kind

test('DriveJudgement: down after two failed checks in a row, after one that is fatal', () => {
  const judgement = new DriveJudgement(device, graceMs, at(0))
  judgement.failed(failure('EIO'), at(0))
  judgement.passed()
  judgement.failed(failure('EIO'), at(2))
  assert.equal(judgement.decide(device, at(2)), undefined)
  judgement.failed(failure('EIO'), at(3))
  assert.deepEqual(judgement.decide(device, at(9)), {
    kind: 'down',
    device: 3,
    sinceMs: wallMs + 3,
    reason: 'EIO: failed',
  })
  assert.equal(judgement.reason, 'EIO: failed')

  const found = { storeId: 's', deviceId: 'd', device: 3, createdMs: 0 }
  const fatal = [...['ENOENT', 'EROFS', 'ENODEV'].map(failure), new WrongDriveError(openLocalDrive('/d3'), found)]
  for (const error of fatal) {
    const strict = new DriveJudgement(device, graceMs, at(0))
    strict.failed(error, at(1))
    assert.equal(kindOf(strict, device, 1), 'down', error.message)
  }
})

test('DriveJudgement: down when a check is late, out after the grace period, once', () => {
  const judgement = new DriveJudgement(device, graceMs, at(0))
  judgement.late(10_000, at(10))
  assert.equal(judgement.reason, 'it did not answer for 10 s')
  assert.equal(kindOf(judgement, device, 11), 'down')
  assert.equal(kindOf(judgement, down, 12), undefined)
  judgement.late(10_000, at(1_000))
  assert.equal(kindOf(judgement, down, graceMs + 9), undefined)
  assert.equal(kindOf(judgement, down, graceMs + 10), 'out')
  assert.equal(kindOf(judgement, { ...down, membership: 'out' }, graceMs + 11), undefined)
  assert.equal(kindOf(judgement, { ...down, membership: 'leaving' }, graceMs + 11), undefined)
})

test('DriveJudgement: up and in again after three checks in a row that pass', () => {
  const judgement = new DriveJudgement(device, graceMs, at(0))
  judgement.failed(failure('ENOENT'), at(0))
  judgement.passed()
  judgement.passed()
  judgement.failed(failure('EIO'), at(3))
  judgement.passed()
  judgement.passed()
  assert.equal(kindOf(judgement, down, 5), undefined)
  judgement.passed()
  assert.deepEqual(judgement.decide(down, at(6)), { kind: 'up', device: 3 })
  assert.equal(kindOf(judgement, { ...down, membership: 'out' }, 6), 'up')
  assert.equal(kindOf(judgement, { ...device, membership: 'leaving' }, 6), undefined)
  assert.equal(judgement.reason, undefined)
})

test('DriveJudgement: a drive that comes and goes needs more and more of them', () => {
  const judgement = new DriveJudgement(device, graceMs, at(0))
  const passesUntilUp = (ms: number) => {
    judgement.failed(failure('ENOENT'), at(ms))
    let passes = 0
    for (; judgement.reason !== undefined; passes += 1) judgement.passed()
    return passes
  }
  const passes = Array.from({ length: 11 }, (_, index) => passesUntilUp(index * 1_000))
  assert.deepEqual(passes, [3, 6, 12, 24, 48, 96, 192, 384, 768, 1_000, 1_000])
  assert.equal(passesUntilUp(3_600_000 + 11_000), 3)
})

test('DriveJudgement: twenty errors of the drive within a minute, though checks pass', () => {
  const judgement = new DriveJudgement(device, graceMs, at(0))
  for (let n = 0; n < 100; n += 1) {
    judgement.trouble(failure('ENOENT'), at(n))
    judgement.trouble(failure('ENOSPC'), at(n))
    judgement.trouble(failure('EIO'), at(n * 4_000))
    judgement.passed()
  }
  assert.equal(judgement.reason, undefined)
  for (let n = 0; n < 20; n += 1) judgement.trouble(failure('EIO'), at(1_000_000 + n * 2_000))
  assert.equal(judgement.reason, '20 calls failed within a minute: EIO: failed')
  // Checks pass at once: only much patience tells that it is well.
  for (let n = 0; n < 59; n += 1) judgement.passed()
  assert.equal(kindOf(judgement, down, 1_100_000), undefined)
  judgement.passed()
  assert.equal(kindOf(judgement, down, 1_101_000), 'up')
  judgement.trouble(failure('EIO'), at(1_101_000))
  assert.equal(judgement.reason, undefined)
})

test('DriveJudgement: begins where the map is, and gives a drive that was down for long a minute to appear', () => {
  const recent = new DriveJudgement({ ...down, downSinceMs: wallMs - 100_000 }, graceMs, at(0))
  assert.equal(kindOf(recent, down, 499_999), undefined)
  assert.equal(kindOf(recent, down, 500_000), 'out')

  const long = new DriveJudgement({ ...down, downSinceMs: wallMs - 10 * graceMs }, graceMs, at(0))
  assert.equal(kindOf(long, down, 59_999), undefined)
  assert.equal(kindOf(long, down, 60_000), 'out')

  // A clock that was set back adds nothing to the grace period.
  const ahead = new DriveJudgement({ ...down, downSinceMs: wallMs + 10 * graceMs }, graceMs, at(0))
  assert.equal(kindOf(ahead, down, graceMs), 'out')

  const impatient = new DriveJudgement({ ...down, downSinceMs: wallMs - 10_000 }, 1_000, at(0))
  assert.equal(kindOf(impatient, down, 1_000), 'out')
})
