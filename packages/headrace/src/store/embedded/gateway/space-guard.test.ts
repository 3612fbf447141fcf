import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimClock } from '../../../../sim/sim-clock.ts'
import { SimDrive } from '../../../../sim/sim-drive.ts'
import { SimRandom } from '../../../../sim/sim-random.ts'
import { code } from '../../../../test/conformance/harness.ts'
import { SpaceGuard, type SpaceGuardOptions } from './space-guard.ts'

const gibibyte = 1024 ** 3

function guarded({ reserve, writers, refused }: Partial<SpaceGuardOptions> = {}) {
  const clock = new SimClock()
  const drive = new SimDrive(clock, new SimRandom(1))
  let freeBytes = 200 * gibibyte
  let measured = 0
  drive.space = async () => {
    measured += 1
    return { freeBytes, totalBytes: 1000 * gibibyte }
  }
  const guard = new SpaceGuard({ drive, clock, reserve, writers, refused })
  return {
    clock,
    guard,
    measured: () => measured,
    fill(left: number) {
      freeBytes = left
    },
  }
}

const nothing = async () => {}
const rows = 16 * 1024
const mebibyte = 1024 ** 2

test('during: writes leave the reserve free, in bytes or as a share', async () => {
  const byShare = guarded()
  byShare.fill(10 * gibibyte + mebibyte + rows)
  await byShare.guard.during(mebibyte, nothing)
  await assert.rejects(byShare.guard.during(mebibyte + 1, nothing), code('InsufficientStorage'))
  const byBytes = guarded({ reserve: { reserveBytes: 20 * gibibyte, reserveShare: 0 } })
  byBytes.fill(20 * gibibyte + rows)
  await byBytes.guard.during(0, nothing)
  await assert.rejects(byBytes.guard.during(1, nothing), /There is not enough free space on sim\./)
})

test('during: nothing is measured while the last figure is fresh and generous', async () => {
  const { guard, clock, measured } = guarded()
  await guard.during(1, nothing)
  await guard.during(gibibyte, nothing)
  assert.equal(measured(), 1)
  await guard.during(150 * gibibyte, nothing)
  assert.equal(measured(), 2, 'so much is looked at again')
  clock.advance(1_000)
  await guard.during(1, nothing)
  assert.equal(measured(), 3, 'and so is a figure of a second ago')
})

test('during: many that ask at once share one look', async () => {
  const { guard, measured } = guarded()
  await Promise.all(Array.from({ length: 50 }, () => guard.during(1, nothing)))
  assert.equal(measured(), 1)
})

test('during: what is being written counts as taken, for every writer', async () => {
  for (const writers of [1, 4]) {
    const { guard, fill, clock } = guarded({ writers })
    fill(10 * gibibyte + 40 * mebibyte)
    const over = Promise.withResolvers<void>()
    const fits = Math.floor((40 * mebibyte) / (mebibyte + rows) / writers)
    const underWay = Array.from({ length: fits }, () => guard.during(mebibyte, () => over.promise))
    await assert.rejects(guard.during(mebibyte * 8, nothing), code('InsufficientStorage'), `${writers} writers`)
    clock.advance(1_000)
    await assert.rejects(
      guard.during(mebibyte * 8, nothing),
      code('InsufficientStorage'),
      'the drive may not show it yet',
    )
    over.resolve()
    await Promise.all(underWay)
    clock.advance(1_000)
    await guard.during(mebibyte * 8, nothing)
  }
})

test('during: a body of unknown length, and a small one that is kept in the index, take more than their bytes', async () => {
  const { guard, fill, clock } = guarded()
  fill(10 * gibibyte + 32 * mebibyte)
  await assert.rejects(guard.during(undefined, nothing), code('InsufficientStorage'))
  clock.advance(1_000)
  fill(10 * gibibyte + 2 * 4096 + rows)
  await assert.rejects(guard.during(4096, nothing), code('InsufficientStorage'))
})

test('during: a write that fails holds nothing any more', async () => {
  const { guard, fill, clock } = guarded()
  fill(10 * gibibyte + 2 * mebibyte)
  await assert.rejects(
    guard.during(mebibyte, async () => {
      throw new Error('broken')
    }),
    /broken/,
  )
  clock.advance(1_000)
  await guard.during(mebibyte, nothing)
})

test('during: goes on when there is space again', async () => {
  let refused = 0
  const { guard, fill } = guarded({
    refused: () => {
      refused += 1
    },
  })
  fill(0)
  await assert.rejects(guard.during(1, nothing), code('InsufficientStorage'))
  assert.equal(refused, 1)
  fill(500 * gibibyte)
  await guard.during(1, nothing)
})
