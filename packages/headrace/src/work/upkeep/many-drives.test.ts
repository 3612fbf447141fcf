import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MendScene } from '../../../test/support/mend-scene.ts'
import { objectBytes } from '../../../test/support/work-scene.ts'
import { markDown, markOut, markUp, startLeaving } from '../../store/embedded/placement/edit-map.ts'

/** Small objects of which most are deleted: half-empty segments on every drive. */
async function withGarbage(): Promise<{ scene: MendScene; kept: Buffer[] }> {
  const scene = await MendScene.begin(6)
  const kept: Buffer[] = []
  for (let number = 0; number < 30; number += 1) {
    const dataId = await scene.put(`k${number}`, objectBytes(60_000, `${number}`))
    if (number % 5 === 0) kept.push(dataId)
  }
  await scene.sealSegments()
  for (let number = 0; number < 30; number += 1) if (number % 5 !== 0) await scene.remove(`k${number}`)
  await scene.work(scene.worker('empty-trash'))
  return { scene, kept }
}

function segmentBytes(scene: MendScene): number {
  let bytes = 0
  for (const { sim } of scene.disks) {
    for (const [path, size] of sim.files()) if (path.startsWith('segments/')) bytes += size
  }
  return bytes
}

test('compact-segments: on every drive, the space of what was deleted comes back', async () => {
  const { scene } = await withGarbage()
  const before = segmentBytes(scene)
  await scene.workAll()
  assert.ok(segmentBytes(scene) < before / 3, `${segmentBytes(scene)} of ${before}`)
  await scene.requireAll('compacted')
  assert.equal((await scene.finish(scene.census.take('deep', scene.abort.signal))).verdict, 'full')
})

test('compact-segments: a bad record is not copied: it is healed from the others', async () => {
  const { scene, kept } = await withGarbage()
  scene.flip(kept[2] as Buffer, 1, 50_000)
  await scene.work(scene.worker('compact-segments'))
  assert.equal([...scene.index.scan('degraded', { from: Buffer.alloc(0) })].length, 1)
  await scene.workAll()
  assert.equal((await scene.finish(scene.census.take('deep', scene.abort.signal))).verdict, 'full')
  await scene.requireAll('healed')
})

test('empty-trash: what is on drives that are gone for good is forgotten, the rest is removed', async () => {
  const scene = await MendScene.begin(7)
  for (let number = 0; number < 4; number += 1) await scene.put(`${number}`, objectBytes(5_000_000, `${number}`))
  await scene.put('small', objectBytes(60_000, 'small'))
  scene.change((map) => markDown(map, 4, scene.clock.now()))
  for (const key of [...scene.objects.keys()]) await scene.remove(key)
  const trash = () => [...scene.index.scan('trash', { from: Buffer.alloc(0) })].length
  await scene.work(scene.worker('empty-trash'))
  assert.ok(trash() > 0)
  scene.change((map) => markOut(map, 4))
  await scene.work(scene.worker('empty-trash'))
  assert.equal(trash(), 0)
  for (let device = 0; device < 7; device += 1) {
    if (device !== 4) assert.deepEqual(scene.files(device, 'chunks'), [])
  }
})

test('sweep-sessions: drives that do not answer hold up nobody', async () => {
  const scene = await MendScene.begin(7)
  await scene.put('large', objectBytes(5_000_000, 'large'))
  scene.change((map) => startLeaving(map, 6))
  scene.change((map) => markDown(map, 6, scene.clock.now()))
  scene.disk(6).sim.faults.deadCode = 'ENODEV'
  await scene.beginGateway()
  assert.equal(await scene.work(scene.worker('sweep-sessions')), 1)
  await scene.requireAll('swept')
})

test('sweep-sessions: a drive that comes back in the middle of a sweep is looked through after it', async () => {
  const scene = await MendScene.begin(2)
  await scene.put('small', objectBytes(40_000, 'small'))
  await scene.remove('small')
  scene.change((map) => markDown(map, 0, scene.clock.now()))
  await scene.restart()
  scene.disk(1).sim.faults.delayMs = 1_000
  const sweep = scene.worker('sweep-sessions').step(scene.abort.signal)
  await scene.finish(scene.clock.sleep(500))
  scene.change((map) => markUp(map, 0))
  // As long as the session is not swept, nothing of it is anybody else's to take away.
  await scene.work(scene.worker('check-returned'))
  assert.notDeepEqual(scene.files(0, 'segments'), [])
  await scene.finish(sweep)
  scene.disk(1).sim.faults.delayMs = 0
  await scene.workAll()
  assert.deepEqual(scene.files(0, 'segments'), [])
})
