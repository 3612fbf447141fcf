import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drive } from '../../../../test/support/drives.ts'
import { MendScene } from '../../../../test/support/mend-scene.ts'
import { objectBytes } from '../../../../test/support/work-scene.ts'
import { blockBytes } from '../../../store/embedded/data/pool.ts'
import { addDevices, markDown, markOut } from '../../../store/embedded/placement/edit-map.ts'

const rows = 40
/** Copies, and 4+2. */
const sizes = [40_000, 300_000]

/** A store of seven drives with many small objects of one size, of which one drive is out. */
async function lossOf(size: number): Promise<{ scene: MendScene; ids: Buffer[] }> {
  const scene = await MendScene.begin(7)
  const ids: Buffer[] = []
  for (let number = 0; number < rows; number += 1) {
    const key = `${size} ${number}`
    ids.push(await scene.put(key, objectBytes(size + number * 10, key)))
  }
  scene.change((map) => markOut(markDown(map, 3, scene.clock.now()), 3))
  return { scene, ids }
}

function commits(scene: MendScene): number {
  return scene.keeper.log.filter((name) => name === 'replaceChunks').length
}

async function requireWhole(scene: MendScene): Promise<void> {
  scene.requireSettled()
  assert.equal(scene.census.last?.verdict, 'full')
  await scene.requireAll('mended')
}

for (const size of sizes) {
  test(`mendTogether: rows of ${size} bytes share a commit`, async () => {
    const { scene } = await lossOf(size)
    await scene.mend()
    await requireWhole(scene)
    assert.ok(commits(scene) <= 2, `${commits(scene)} commits`)
    // What was made anew moves as well as what was not.
    scene.change((map) => addDevices(map, [drive(7)]))
    await scene.mend()
    await requireWhole(scene)
    assert.ok(commits(scene) <= 4, `${commits(scene)} commits`)
  })

  test(`mendTogether: bad sources among those of ${size} bytes hold up no other`, async () => {
    const { scene, ids } = await lossOf(size)
    for (const id of ids.slice(0, 10)) scene.flip(id, 0)
    await scene.mend()
    await requireWhole(scene)
    assert.ok(commits(scene) >= 2 && commits(scene) <= 2 + 10, `${commits(scene)} commits`)
  })

  test(`mendTogether: a drive that fails while ${size} bytes are read or written to it`, async () => {
    for (const which of [/^read/, /^write/, /^sync/]) {
      const { scene } = await lossOf(size)
      for (const { failing } of scene.disks) failing.failAt(1, 'EIO', which)
      await scene.mend()
      await scene.requireAll(`a call failed: ${which}`)
      for (const { failing } of scene.disks) failing.heal()
      scene.clock.advance(10 * 60_000)
      await scene.mend()
      await requireWhole(scene)
    }
  })
}

test('mendTogether: chunks that stand side by side are read with one call', async () => {
  const { scene } = await lossOf(4 * blockBytes)
  let reads = 0
  for (const { sim } of scene.disks) {
    const open = sim.open.bind(sim)
    sim.open = async (path, mode) => {
      const file = await open(path, mode)
      const read = file.read.bind(file)
      file.read = (into, position) => {
        if (path.startsWith('segments/')) reads += 1
        return read(into, position)
      }
      return file
    }
  }
  scene.mender.start()
  await scene.finish(scene.mender.step(scene.abort.signal))
  const { readBytes, healedBytes } = scene.figures.totals()
  assert.ok(healedBytes > 20 * blockBytes)
  const chunks = readBytes / blockBytes
  assert.ok(reads < chunks / 2, `${reads} calls for ${chunks} chunks`)
})
