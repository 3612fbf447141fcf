import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MendScene } from '../../test/support/mend-scene.ts'
import { objectBytes } from '../../test/support/work-scene.ts'
import { markDown, markOut } from '../store/embedded/placement/edit-map.ts'
import { explain } from './explain.ts'

test('explain: where each chunk of an object is, where it belongs, and why', async () => {
  const scene = await MendScene.begin(7)
  const dataId = await scene.put('large', objectBytes(6_000_000, 'large'))
  await scene.put('tiny', objectBytes(100, 'tiny'))
  const shown = () => explain(scene, { bucket: 'bucket', key: 'large' })?.extents[0]?.placement
  const whole = shown()
  assert.deepEqual(whole?.pool, whole?.targetPool)
  assert.deepEqual(
    whole?.chunks.map(({ role, state, at, belongsOn }) => [role, state, at?.drive === belongsOn]),
    [...Array(4).fill(['data', 'fine', true]), ...Array(2).fill(['coding', 'fine', true])],
  )
  assert.deepEqual(new Set(whole?.set), new Set(whole?.chunks.map(({ at }) => at?.drive)))
  assert.equal(whole?.chunks[2]?.at?.file, scene.pathOf(dataId, 2))

  const drive = whole?.chunks[1]?.at?.drive as number
  scene.change((map) => markDown(map, drive, scene.clock.now()))
  assert.deepEqual([shown()?.chunks[1]?.state, shown()?.chunks[1]?.belongsOn], ['drive down', drive])
  scene.change((map) => markOut(map, drive))
  const lost = shown()?.chunks[1]
  assert.equal(lost?.state, 'drive down')
  assert.match(lost?.why ?? '', new RegExp(`is down; it goes to drive ${lost?.belongsOn}`))
  assert.equal(explain(scene, { bucket: 'bucket', key: 'tiny' })?.extents[0]?.placement, null)
  assert.equal(explain(scene, { bucket: 'bucket', key: 'none' }), undefined)
  assert.equal(explain(scene, { bucket: 'none', key: 'large' }), undefined)
})
