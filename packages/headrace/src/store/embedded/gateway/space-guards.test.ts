import assert from 'node:assert/strict'
import { test } from 'node:test'
import { code } from '../../../../test/conformance/harness.ts'
import { WriteScene } from '../../../../test/support/write-scene.ts'
import type { SpaceReserve } from './space-guard.ts'
import { SpaceGuards } from './space-guards.ts'

const gibibyte = 1024 ** 3
const mebibyte = 1024 ** 2

interface Setup {
  readonly k?: number
  readonly m?: number
  readonly reserve?: SpaceReserve
  readonly writers?: number
  readonly indexDevices?: readonly number[]
}

/** Drives of 1,000 GiB, of which 200 GiB are free. */
function guarded({ k = 1, m = 0, reserve, writers, indexDevices = [0] }: Setup = {}) {
  const scene = new WriteScene({ k, m })
  const { clock, drives } = scene
  const free = drives.map(() => 200 * gibibyte)
  const refused: number[] = []
  let measured = 0
  drives.forEach(({ sim }, device) => {
    sim.space = async () => {
      measured += 1
      return { freeBytes: free[device] as number, totalBytes: 1000 * gibibyte }
    }
  })
  const guards = new SpaceGuards({
    drives: scene.options.drives,
    placement: () => ({ ...scene.options.placement(), map: { indexDevices } }),
    clock,
    reserve,
    writers,
    refused: (device) => refused.push(device),
  })
  return {
    scene,
    clock,
    refused,
    measured: () => measured,
    fill(left: number, device = 0) {
      free[device] = left
    },
    guard: {
      during: (sizeBytes: number | undefined, write: () => Promise<void>) =>
        guards.during({ dataId: Buffer.alloc(16), bucket: 'bucket', storageClass: 'STANDARD', sizeBytes }, write),
    },
    rows: (write: () => Promise<void>) => guards.during(undefined, write),
  }
}

const nothing = async () => {}
/** What a write takes of the index. */
const rows = 16 * 1024

test('during: writes leave the reserve free, in bytes or as a share', async () => {
  const byShare = guarded()
  byShare.fill(10 * gibibyte + mebibyte + rows)
  await byShare.guard.during(mebibyte, nothing)
  await assert.rejects(byShare.guard.during(mebibyte + 1, nothing), code('InsufficientStorage'))
  const byBytes = guarded({ reserve: { reserveBytes: 20 * gibibyte, reserveShare: 0 } })
  byBytes.fill(20 * gibibyte + rows)
  await byBytes.guard.during(0, nothing)
  await byBytes.rows(nothing)
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
  const { guard, fill, refused } = guarded()
  fill(0)
  await assert.rejects(guard.during(1, nothing), code('InsufficientStorage'))
  assert.deepEqual(refused, [0])
  fill(500 * gibibyte)
  await guard.during(1, nothing)
})

test('during: each drive of the set has room for its chunk, and each of the index for the rows', async () => {
  const { guard, rows: writeRows, fill, refused, clock } = guarded({ k: 4, m: 2, indexDevices: [0, 1, 2] })
  fill(10 * gibibyte + mebibyte, 5)
  await guard.during(4 * mebibyte, nothing)
  await assert.rejects(guard.during(8 * mebibyte, nothing), code('InsufficientStorage'))
  assert.deepEqual(refused, [5])
  await guard.during(100, nothing)
  await writeRows(nothing)
  fill(10 * gibibyte, 2)
  clock.advance(1_000)
  await assert.rejects(guard.during(100, nothing), code('InsufficientStorage'))
  await assert.rejects(writeRows(nothing), code('InsufficientStorage'))
  assert.deepEqual(refused, [5, 2, 2])
})

test('during: a drive that is down is not asked', async () => {
  const { guard, scene, fill } = guarded({ k: 2, m: 2 })
  fill(0, 3)
  const down = scene.drives[3] as (typeof scene.drives)[number]
  down.isUp = false
  await guard.during(mebibyte, nothing)
})

test('during: a drive that does not tell, or cannot, is left to those who write', async () => {
  const { guard, scene, clock } = guarded({ k: 2, m: 2 })
  const [, hanging, failing] = scene.drives
  hanging?.hanging.hang()
  if (failing !== undefined) failing.sim.space = () => Promise.reject(new Error('EIO'))
  await scene.finish(guard.during(mebibyte, nothing))
  assert.equal(clock.monotonic(), 1_000, 'it is waited for')
  await guard.during(mebibyte, nothing)
  assert.equal(hanging?.hanging.hanging, 1, 'and not asked again until it has answered')
})
