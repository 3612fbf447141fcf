import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MendScene } from '../../../test/support/mend-scene.ts'
import { objectBytes } from '../../../test/support/work-scene.ts'
import { markDown, replaceIndexDevice, startLeaving } from '../../store/embedded/placement/edit-map.ts'

test('drain-drives: a drive that is to leave does so when it is empty, and not before', async () => {
  const scene = await MendScene.begin(7)
  for (let number = 0; number < 6; number += 1) await scene.put(`${number}`, objectBytes(5_000_000, `${number}`))
  await scene.put('small', objectBytes(40_000, 'small'))
  scene.change((map) => startLeaving(map, 2))
  assert.ok(scene.maps.current.map.indexDevices.includes(2))
  const drain = scene.worker('drain-drives')
  assert.equal(await scene.work(drain), 0)
  // Gateways close their segments on a drive that is to leave.
  await scene.sealSegments()
  await scene.workAll()
  scene.clock.advance(60_000)
  await scene.workAll()
  assert.ok(scene.maps.current.device(2), 'the index has to be taken elsewhere first')
  scene.change((map) => replaceIndexDevice(map, 2, 5))
  await scene.workAll()
  assert.ok(scene.maps.current.device(2), 'it is looked at again after a while')
  scene.clock.advance(20_000)
  await scene.workAll()
  assert.equal(scene.maps.current.device(2), undefined)
  await scene.requireAll('it has left')
  assert.equal((await scene.finish(scene.census.take('light', scene.abort.signal))).verdict, 'full')
})

test('drain-drives: one that is dead leaves too, though a killed process had segments open on it', async () => {
  const scene = await MendScene.begin(7)
  for (let number = 0; number < 9; number += 1) await scene.put(`${number}`, objectBytes(40_000, `${number}`))
  scene.change((map) => markDown(replaceIndexDevice(map, 2, 5), 2, scene.clock.now()))
  await scene.restart()
  await scene.workAll()
  scene.change((map) => startLeaving(map, 2))
  for (let round = 0; round < 3; round += 1) {
    await scene.workAll()
    scene.clock.advance(20_000)
  }
  assert.equal(scene.maps.current.device(2), undefined)
  await scene.requireAll('it has left')
})
