import assert from 'node:assert/strict'
import { test } from 'node:test'
import { S3Error } from '@headrace/s3'
import { code } from '../../../../test/conformance/harness.ts'
import type { FailureCode } from '../../../../test/support/failing-drive.ts'
import { type SceneDrive, type SceneOptions, sample, WriteScene } from '../../../../test/support/write-scene.ts'
import type { WrittenData } from './data-writer.ts'
import { chunksMin } from './pool.ts'

const mebibyte = 1024 * 1024
/** For a segment of one, of several windows, and for files. */
const sizes = [100_000, 200_000, 3 * mebibyte, 5 * mebibyte]
const profiles = [
  { k: 1, m: 0 },
  { k: 1, m: 1 },
  { k: 1, m: 2 },
  { k: 4, m: 2 },
]

function drive(scene: WriteScene, device: number): SceneDrive {
  return scene.drives[device] as SceneDrive
}

/** Numbers of the chunks that are missing. */
function missing({ row }: WrittenData): number[] {
  if (row.chunks === 'inline') return []
  return row.chunks.flatMap(({ kind }, chunk) => (kind === 'missing' ? [chunk] : []))
}

/** What is under way goes on to its end. */
async function settle(scene: WriteScene): Promise<void> {
  await scene.finish(scene.clock.sleep(10_000))
}

/** The n-th call of a drive fails. @returns the call; undefined when there are fewer */
async function failOnce(options: SceneOptions, sizeBytes: number, n: number, how: FailureCode) {
  const scene = new WriteScene(options)
  const { failing, sim } = drive(scene, 0)
  failing.failAt(n, how)
  const bytes = sample(sizeBytes)
  const outcome = await scene.write(bytes).catch((error: unknown) => error)
  const { failed } = failing
  failing.heal()
  await settle(scene)
  const pool = sizeBytes <= 128 * 1024 ? scene.small : scene.large
  if (outcome instanceof Error) {
    assert.ok(outcome instanceof S3Error, String(outcome))
    const isRefused = how === 'ENOSPC' || pool.k + pool.m - 1 < chunksMin(pool)
    assert.ok(isRefused, 'one drive does not matter')
    assert.equal(outcome.code, how === 'ENOSPC' ? 'InsufficientStorage' : 'ServiceUnavailable')
    assert.deepEqual(scene.chunkFiles(), [])
  } else {
    const data = outcome as WrittenData
    assert.deepEqual(
      scene.troubles.map(({ device }) => device),
      missing(data),
    )
    assert.ok(missing(data).every((chunk) => chunk === 0))
    if (missing(data).length > 0) {
      const left = [...sim.files().keys()].filter((path) => !path.startsWith('segments/'))
      assert.deepEqual(left, [], 'what failed is taken back')
    }
    scene.cutPower()
    await scene.requireContent(data, bytes)
    await scene.finish(data.discard())
    // What was removed may be back after a power cut: it is swept away with its session.
    const kept = scene.chunkFiles().filter((file) => missing(data).length === 0 || !file.startsWith('0:'))
    assert.deepEqual(kept, [])
  }
  assert.equal(scene.spans.inUse, 0)
  return failed
}

for (const options of profiles) {
  for (const how of ['EIO', 'ENOSPC'] as const) {
    test(`writeData: ${options.k}+${options.m}, whichever call fails with ${how}, nothing half-written counts or is left`, async () => {
      // What a full drive does is the same for every profile: a segment and files are enough.
      for (const sizeBytes of how === 'EIO' ? sizes : sizes.slice(0, 1).concat(sizes.slice(-1))) {
        let n = 0
        for (let failed: string | undefined = 'none yet'; failed !== undefined; ) {
          n += 1
          try {
            failed = await failOnce(options, sizeBytes, n, how)
          } catch (error) {
            throw new Error(`call ${n} of ${sizeBytes} bytes fails with ${how}`, { cause: error })
          }
        }
        assert.ok(n > 4)
      }
    })
  }
}

test('writeData: when more drives fail than may, it is refused, and says so', async () => {
  for (const sizeBytes of sizes.slice(1)) {
    const scene = new WriteScene({ k: 4, m: 2 })
    for (const device of [1, 4]) drive(scene, device).failing.failAt(1, 'EIO', /^write/)
    await assert.rejects(scene.write(sample(sizeBytes)), {
      ...code('ServiceUnavailable'),
      message: /^4 of the 6 drives that this object would be written to answer, and 5 are needed\./,
    })
    await settle(scene)
    assert.deepEqual(scene.chunkFiles(), [])
    assert.equal(scene.spans.inUse, 0)
  }
})

test('writeData: a full drive is named', async () => {
  const scene = new WriteScene({ k: 2, m: 2 })
  drive(scene, 3).failing.failAt(1, 'ENOSPC')
  await assert.rejects(scene.write(sample(5 * mebibyte)), /There is not enough free space on sim\./)
  assert.deepEqual(scene.troubles, [], 'that is no fault of the drive')
})

test('writeData: drives that are down are left out; when too many are, the body is not even read', async () => {
  for (const sizeBytes of sizes) {
    const scene = new WriteScene({ k: 2, m: 2 })
    drive(scene, 1).isUp = false
    const bytes = sample(sizeBytes)
    const data = await scene.write(bytes)
    assert.deepEqual(missing(data), [1])
    assert.equal(drive(scene, 1).sim.files().size, 0)
    await scene.requireContent(data, bytes)
    for (const { sim } of scene.drives) sim.powerUp()
    drive(scene, 0).isUp = false
    drive(scene, 2).isUp = false
    const calls = drive(scene, 3).sim.calls
    await assert.rejects(scene.write(bytes), /^S3Error: [01] of the [34] drives/)
    assert.equal(drive(scene, 3).sim.calls, calls)
  }
  const single = new WriteScene({ k: 1, m: 0 })
  drive(single, 0).isUp = false
  await assert.rejects(single.write(sample(20_000)), /The drive that this object would be written to does not answer\./)
})

test('writeData: a drive that goes down in the middle is not waited for', async () => {
  for (const sizeBytes of sizes) {
    const scene = new WriteScene({ k: 1, m: 1 })
    drive(scene, 1).hanging.hang(/^write/)
    scene.clock.after(20, () => {
      drive(scene, 1).isUp = false
    })
    const data = await scene.write(sample(sizeBytes))
    assert.deepEqual(missing(data), [1])
    assert.ok(scene.clock.monotonic() < 500, String(scene.clock.monotonic()))
    // And when none is left, it ends as well.
    drive(scene, 1).isUp = true
    drive(scene, 0).hanging.hang(/^write/)
    scene.clock.after(20, () => {
      for (const each of scene.drives) each.isUp = false
    })
    await assert.rejects(scene.write(sample(sizeBytes)), code('ServiceUnavailable'))
  }
})

test('writeData: a drive that hangs, at whichever call, is given up after a grace; its memory stays its own', async () => {
  for (const which of [/^create/, /^write/, /^sync/, /^rename/]) {
    for (const sizeBytes of sizes.slice(1)) {
      const scene = new WriteScene({ k: 4, m: 2 })
      const { hanging, sim } = drive(scene, 2)
      hanging.hang(which)
      const bytes = sample(sizeBytes)
      const data = await scene.write(bytes)
      const tookMs = scene.clock.monotonic()
      assert.deepEqual(missing(data), [2])
      assert.ok(tookMs >= 2_000 && tookMs < 3_000, String(tookMs))
      assert.deepEqual(
        scene.troubles.map(({ device }) => device),
        [2],
      )
      // Another data uses all the memory that is free.
      hanging.hang(/^nothing/)
      const other = await scene.write(sample(sizeBytes).reverse())
      hanging.goOn()
      await scene.requireContent(data, bytes)
      await scene.requireContent(other, sample(sizeBytes).reverse())
      await settle(scene)
      assert.equal(hanging.changed, 0)
      await scene.finish(other.discard())
      const left = [...sim.files().keys()].filter((path) => !path.startsWith('segments/'))
      assert.deepEqual([which, left], [which, []])
    }
  }
})

test('writeData: what a drive that hung did late is taken back, and its memory given back', async () => {
  for (const sizeBytes of sizes.slice(1)) {
    const scene = new WriteScene({ k: 4, m: 2 })
    const { hanging, sim } = drive(scene, 5)
    hanging.hang(/^(write|rename)/)
    const bytes = sample(sizeBytes)
    const data = await scene.write(bytes)
    assert.deepEqual(missing(data), [5])
    data.settle()
    hanging.goOn()
    await settle(scene)
    assert.equal(hanging.changed, 0)
    assert.equal(scene.spans.inUse, 0)
    assert.deepEqual(
      [...sim.files().keys()].filter((path) => !path.startsWith('segments/')),
      [],
    )
    await scene.finish(scene.options.segments.close())
    const segments = scene.drives.filter(({ sim }) =>
      [...sim.files().keys()].some((path) => path.startsWith('segments/')),
    )
    assert.equal(scene.sealed.length, segments.length, 'its record keeps no segment open')
    await scene.requireContent(data, bytes)
  }
})

test('writeData: a refused write does not wait for drives that hang', async () => {
  for (const sizeBytes of sizes.slice(1)) {
    const scene = new WriteScene({ k: 2, m: 2 })
    drive(scene, 0).hanging.hang(/^write/)
    drive(scene, 1).failing.failAt(1, 'EIO', /^write/)
    drive(scene, 2).failing.failAt(1, 'EIO', /^write/)
    await assert.rejects(scene.write(sample(sizeBytes)), code('ServiceUnavailable'))
    assert.ok(scene.clock.monotonic() < 3_000)
    drive(scene, 0).hanging.goOn()
    await settle(scene)
    assert.deepEqual(scene.chunkFiles(), [])
    assert.equal(scene.spans.inUse, 0)
  }
})

test('writeData: slow drives are passed over, but for what it takes to lose one drive more', async () => {
  const cases = [
    { options: { k: 4, m: 2 }, slow: [1], expected: [1] },
    { options: { k: 4, m: 2 }, slow: [1, 3], expected: [3] },
    { options: { k: 8, m: 3 }, slow: [0, 5, 10], expected: [5, 10] },
    { options: { k: 1, m: 2, small: { k: 1, m: 2 } }, slow: [0], expected: [0] },
    { options: { k: 1, m: 1 }, slow: [1], expected: [] },
    { options: { k: 1, m: 0 }, slow: [0], expected: [] },
  ]
  for (const { options, slow, expected } of cases) {
    for (const sizeBytes of [200_000, 6 * mebibyte]) {
      const scene = new WriteScene(options)
      for (const device of slow) drive(scene, device).health.isSlow = true
      const bytes = sample(sizeBytes)
      const data = await scene.write(bytes)
      assert.deepEqual(missing(data), expected, `${options.k}+${options.m}`)
      await scene.requireContent(data, bytes)
      assert.deepEqual(scene.troubles, [])
    }
  }
})

test('writeData: of two drives, one that has not answered for seconds is passed over, the only one is not', async () => {
  const two = new WriteScene({ k: 1, m: 1 })
  Object.assign(drive(two, 0).health, { isSlow: true, oldestCallMs: 6_000 })
  assert.deepEqual(missing(await two.write(sample(200_000))), [0])
  const one = new WriteScene({ k: 1, m: 0 })
  Object.assign(drive(one, 0).health, { isSlow: true, oldestCallMs: 6_000 })
  assert.deepEqual(missing(await one.write(sample(200_000))), [])
})

test('writeData: a drive that holds up every window of a data is given up in the middle of it', async () => {
  for (const { options, expected } of [
    { options: { k: 2, m: 2 }, expected: [1] },
    { options: { k: 1, m: 1 }, expected: [] },
  ]) {
    const scene = new WriteScene(options)
    const { sim } = drive(scene, 1)
    const open = sim.open.bind(sim)
    sim.open = async (path, mode) => {
      const file = await open(path, mode)
      const write = file.write.bind(file)
      file.write = (from, position) => scene.clock.sleep(1_500).then(() => write(from, position))
      return file
    }
    const bytes = sample(16 * mebibyte)
    const data = await scene.write(bytes)
    assert.deepEqual(missing(data), expected)
    await scene.requireContent(data, bytes)
  }
})
