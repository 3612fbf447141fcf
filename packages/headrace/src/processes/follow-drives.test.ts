import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drive, storeOn } from '../../test/support/drives.ts'
import { addDevices, markDown } from '../store/embedded/placement/edit-map.ts'
import { HeldMap } from '../store/embedded/placement/held-map.ts'
import { followDrives } from './follow-drives.ts'

test('followDrives: tells the folders of the drives, each once, when they change', () => {
  const map = storeOn(3)
  const paths = map.devices.map(({ path }) => path)
  const maps = new HeldMap(map)
  const told: (readonly string[])[] = []
  followDrives({ maps }, (roots) => told.push(roots))
  const down = { ...markDown(map, 1, 1), epoch: map.epoch + 1 }
  maps.take(down)
  // A new drive where one was that is gone, and one elsewhere.
  const replaced = addDevices(down, [drive(7, { path: paths[1] as string }), drive(8)])
  maps.take({ ...replaced, epoch: down.epoch + 1 })
  assert.deepEqual(told, [paths, [...paths, drive(8).path]])
})
