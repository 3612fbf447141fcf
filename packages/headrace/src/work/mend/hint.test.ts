import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drive } from '../../../test/support/drives.ts'
import { MendScene } from '../../../test/support/mend-scene.ts'
import { objectBytes } from '../../../test/support/work-scene.ts'
import { addDevices, markDown, markOut } from '../../store/embedded/placement/edit-map.ts'
import { listSalvage } from '../salvage.ts'

const sizes = { small: 40_000, middle: 700_000, large: 6_000_000 }
const dayMs = 24 * 3600 * 1000

/** What the headers of all chunks say, when no row names them any more. */
async function namesInHeaders(scene: MendScene): Promise<string[]> {
  const ids = [...scene.rows().keys()].map((id) => Buffer.from(id, 'hex'))
  scene.index.apply(ids.map((key) => ({ database: 'data', key, value: undefined })))
  scene.clock.advance(2 * dayMs)
  const { chunks } = await scene.finish(listSalvage(scene, { after: null, limit: 1_000 }))
  return [...new Set(chunks.map(({ bucket, key }) => `${bucket}/${key}`))].sort()
}

test('Hint: chunks that were rebuilt, moved or coded anew know for whom their data was written', async () => {
  const changes = {
    rebuilt: { drives: 7, change: (scene: MendScene) => scene.change((map) => markOut(markDown(map, 1, 0), 1)) },
    moved: { drives: 6, change: (scene: MendScene) => scene.change((map) => addDevices(map, [drive(6)])) },
    'coded anew': { drives: 5, change: (scene: MendScene) => scene.change((map) => addDevices(map, [drive(5)])) },
  }
  for (const [what, { drives, change }] of Object.entries(changes)) {
    const scene = await MendScene.begin(drives)
    for (const [key, size] of Object.entries(sizes)) await scene.put(key, objectBytes(size, key))
    change(scene)
    await scene.mend()
    assert.equal(scene.census.last?.verdict, 'full', what)
    assert.deepEqual(await namesInHeaders(scene), ['bucket/large', 'bucket/middle', 'bucket/small'], what)
  }
})
