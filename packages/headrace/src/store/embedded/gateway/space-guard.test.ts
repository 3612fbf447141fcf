import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimClock } from '../../../../sim/sim-clock.ts'
import { SimDrive } from '../../../../sim/sim-drive.ts'
import { SimRandom } from '../../../../sim/sim-random.ts'
import { code } from '../../../../test/conformance/harness.ts'
import { type defaultReserve, SpaceGuard } from './space-guard.ts'

const gibibyte = 1024 ** 3

function guarded(reserve?: typeof defaultReserve) {
  const clock = new SimClock()
  const drive = new SimDrive(clock, new SimRandom(1))
  let freeBytes = 200 * gibibyte
  let measured = 0
  drive.space = async () => {
    measured += 1
    return { freeBytes, totalBytes: 1000 * gibibyte }
  }
  const guard = new SpaceGuard(drive, clock, reserve)
  return {
    clock,
    guard,
    measured: () => measured,
    fill(left: number) {
      freeBytes = left
    },
  }
}

test('requireSpace: writes leave the reserve free, in bytes or as a share', async () => {
  const byShare = guarded()
  byShare.fill(10 * gibibyte + 100)
  await byShare.guard.requireSpace(100)
  await assert.rejects(async () => byShare.guard.requireSpace(101), code('InsufficientStorage'))
  const byBytes = guarded({ reserveBytes: 20 * gibibyte, reserveShare: 0 })
  byBytes.fill(20 * gibibyte)
  await byBytes.guard.requireSpace(0)
  await assert.rejects(async () => byBytes.guard.requireSpace(1), /There is not enough free space on sim\./)
})

test('requireSpace: nothing is waited for while the figure is fresh and generous', async () => {
  const { guard, clock, measured } = guarded()
  await guard.requireSpace(1)
  assert.equal(guard.requireSpace(gibibyte), undefined)
  assert.ok(guard.requireSpace(150 * gibibyte), 'so much is looked at again')
  clock.advance(1_000)
  assert.ok(guard.requireSpace(1), 'and so is a figure of a second ago')
  assert.ok(measured() >= 2)
})

test('requireSpace: many that ask at once share one look', async () => {
  const { guard, measured } = guarded()
  await Promise.all(Array.from({ length: 50 }, () => guard.requireSpace(1)))
  assert.equal(measured(), 1)
})

test('requireSpace: goes on when there is space again', async () => {
  const { guard, fill } = guarded()
  fill(0)
  await assert.rejects(async () => guard.requireSpace(1), code('InsufficientStorage'))
  fill(500 * gibibyte)
  await guard.requireSpace(1)
})
