import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimMachine } from '../../test/support/sim-store.ts'
import { settled } from '../../test/support/waiting.ts'
import { runWorkers, type Worker } from './worker.ts'

test('runWorkers: a worker rests when there is nothing to do, and in proportion to its work else', async () => {
  const { clock, runtime } = new SimMachine()
  const beganMs: number[] = []
  const worker: Worker = {
    name: 'w',
    idleMs: 1_000,
    async step() {
      beganMs.push(clock.monotonic())
      await clock.sleep(10)
      return beganMs.length < 3 ? 'more' : 'idle'
    },
  }
  const running = runWorkers([worker], runtime)
  for (let step = 0; step < 9; step += 1) {
    await settled()
    clock.step()
  }
  // Ten milliseconds of work, forty of rest.
  assert.deepEqual(beganMs.slice(0, 4), [0, 50, 100, 1_110])
  const stopped = running.stop()
  await settled()
  clock.step()
  await stopped
})

test('runWorkers: a step that fails is logged and tried again later; the others go on', async () => {
  const { clock, runtime, events } = new SimMachine()
  let failures = 0
  let steps = 0
  const failing: Worker = {
    name: 'failing',
    idleMs: 1,
    step() {
      failures += 1
      return Promise.reject(new Error('the drive failed'))
    },
  }
  const other: Worker = {
    name: 'other',
    idleMs: 1_000,
    async step() {
      steps += 1
      return 'idle'
    },
  }
  const running = runWorkers([failing, other], runtime)
  for (let second = 0; second < 11; second += 1) {
    await settled()
    clock.advance(1_000)
  }
  await settled()
  assert.equal(failures, 3, 'at once, after five seconds and after ten')
  assert.ok(steps >= 10)
  assert.deepEqual([events.lines[0]?.fields.worker, events.lines[0]?.level], ['failing', 'error'])
  await running.stop()
})

test('runWorkers: stopping waits for the step that is under way', async () => {
  const { clock, runtime } = new SimMachine()
  let isDone = false
  const worker: Worker = {
    name: 'w',
    idleMs: 1_000,
    async step() {
      await clock.sleep(10)
      isDone = true
      return 'idle'
    },
  }
  const running = runWorkers([worker], runtime)
  const stopped = running.stop()
  await settled()
  assert.equal(isDone, false)
  clock.step()
  await stopped
  assert.equal(isDone, true)
})
