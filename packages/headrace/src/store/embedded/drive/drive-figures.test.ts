import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WorkScene } from '../../../../test/support/work-scene.ts'
import { DriveFaultCounts, driveFigures, worstFigures } from './drive-figures.ts'

test('driveFigures: health of each drive, and what went wrong with it since the process began', async () => {
  const scene = await WorkScene.begin(2)
  scene.disk(1).health = { ...scene.disk(1).health, isSlow: true, readP95Ms: 7 }
  scene.openDrive(1)
  const counts = new DriveFaultCounts()
  const events = counts.counting(scene.events)
  const drive = scene.drives.get(1)?.drive.name as string
  for (const what of ['read a', 'write b']) events.driveFault({ drive, what, error: new Error('EIO') })
  assert.deepEqual(driveFigures(scene.drives, counts), [
    { device: 0, isSlow: false, readP95Ms: 0, writeP95Ms: 0, errors: 0 },
    { device: 1, isSlow: true, readP95Ms: 7, writeP95Ms: 0, errors: 2 },
  ])
  assert.equal(scene.events.faults.length, 2, 'they are told as before')
})

test('worstFigures: the worst of what all processes say', () => {
  const one = { device: 1, isSlow: false, readP95Ms: 5, writeP95Ms: 1, errors: 2 }
  const two = { device: 1, isSlow: true, readP95Ms: 3, writeP95Ms: 4, errors: 1 }
  const other = { device: 2, isSlow: false, readP95Ms: 1, writeP95Ms: 1, errors: 0 }
  const worst = worstFigures([[one], [two, other], []])
  assert.deepEqual(worst.get(1), { device: 1, isSlow: true, readP95Ms: 5, writeP95Ms: 4, errors: 3 })
  assert.deepEqual(worst.get(2), other)
})
