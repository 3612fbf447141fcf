import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MendScene } from '../../../test/support/mend-scene.ts'
import { objectBytes } from '../../../test/support/work-scene.ts'
import { markDown, markIn, markOut, markUp } from '../../store/embedded/placement/edit-map.ts'

const dayMs = 24 * 3600 * 1000

async function filled(): Promise<{ scene: MendScene; ids: Buffer[] }> {
  const scene = await MendScene.begin(6)
  const ids: Buffer[] = []
  for (let number = 0; number < 6; number += 1) {
    ids.push(await scene.put(`small ${number}`, objectBytes(40_000, `s${number}`)))
    ids.push(await scene.put(`large ${number}`, objectBytes(5_000_000 + number, `l${number}`)))
  }
  return { scene, ids }
}

test('scrub: a deep one that is asked for finds every flipped bit, and what it finds is healed', async () => {
  const { scene, ids } = await filled()
  for (const [number, id] of ids.entries()) scene.flip(id, number % 3, 39_000)
  scene.all.scrub.start({ depth: 'deep' })
  await scene.work(scene.all.scrub)
  assert.match(scene.all.scrub.status().note, /12 chunks were bad/)
  await scene.mend()
  scene.all.scrub.start({ depth: 'deep' })
  await scene.work(scene.all.scrub)
  const { note, doneBytes, totalBytes } = scene.all.scrub.status()
  assert.match(note, /every chunk is good/)
  assert.equal(doneBytes, totalBytes)
  await scene.requireAll('healed')
})

test('scrub: of one drive, only its chunks are read', async () => {
  const { scene, ids } = await filled()
  for (const id of ids) scene.flip(id, 0)
  const onDrive = ids.filter((id) => scene.placeOf(id, 0).disk === scene.disk(2))
  scene.all.scrub.start({ depth: 'deep', device: 2 })
  await scene.work(scene.all.scrub)
  const bad = [...scene.index.scan('degraded', { from: Buffer.alloc(0) })].map(({ key }) => key.toString('hex'))
  assert.deepEqual(bad.sort(), onDrive.map((id) => id.toString('hex')).sort())
})

test('scrub: on its schedule it looks lightly each day, and deeply every thirty days, spread over the time', async () => {
  const { scene, ids } = await filled()
  assert.equal(await scene.work(scene.all.scrub), 0)
  scene.clock.advance(dayMs + 1)
  assert.equal(await scene.work(scene.all.scrub), 1)
  assert.match(scene.all.scrub.status().note, /light: every chunk is good/)
  scene.flip(ids[5] as Buffer, 1)
  scene.clock.advance(30 * dayMs)
  await scene.work(scene.all.scrub)
  assert.deepEqual([...scene.index.scan('degraded', { from: Buffer.alloc(0) })].length, 1)
})

test('scrub: goes on after a restart where it was', async () => {
  const { scene } = await filled()
  scene.all.scrub.start({ depth: 'deep' })
  const before = scene.power.calls
  await scene.work(scene.all.scrub)
  const calls = scene.power.calls - before
  scene.all.scrub.start({ depth: 'light' })
  scene.power.cutAfter(Math.floor(calls / 4))
  await scene.work(scene.all.scrub).catch(() => {})
  await scene.restart()
  await scene.work(scene.all.scrub)
  scene.clock.advance(2 * dayMs)
  assert.ok((await scene.work(scene.all.scrub)) > 0, 'the schedule goes on')
})

test('check-returned: a drive that was away is looked through, and what nobody names is cleared away', async () => {
  const { scene } = await filled()
  scene.change((map) => markDown(map, 1, scene.clock.now()))
  await scene.workAll()
  await scene.remove('large 0')
  await scene.remove('large 1')
  await scene.remove('small 1')
  await scene.beginGateway()
  await scene.workAll()
  const trash = () => [...scene.index.scan('trash', { from: Buffer.alloc(0) })].length
  assert.ok(trash() > 0, 'it waits for the drive')
  scene.change((map) => markOut(map, 1))
  await scene.workAll()
  assert.equal(trash(), 0, 'nobody waits for the drive any more')
  const before = scene.files(1, 'chunks').length
  scene.change((map) => markIn(markUp(map, 1), 1))
  await scene.workAll()
  assert.ok(scene.files(1, 'chunks').length < before)
  scene.requireNoLeftOvers('it is back')
  await scene.requireAll('it is back')
})

test('check-returned: a drive that comes back with less than it had is healed, also after a restart', async () => {
  const { scene } = await filled()
  scene.change((map) => markDown(map, 1, scene.clock.now()))
  await scene.workAll()
  scene.wipe(1)
  await scene.restart()
  scene.change((map) => markUp(map, 1))
  await scene.workAll()
  await scene.mend()
  assert.equal(scene.census.last?.verdict, 'full')
  const report = await scene.finish(scene.census.take('deep', scene.abort.signal))
  assert.equal(report.verdict, 'full')
  await scene.requireAll('healed')
})
