import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actions, code, context } from '../conformance/harness.ts'
import { SimMachine } from '../support/sim-store.ts'

test('open: a store whose drive is full is opened, read, and written to when there is room again', async () => {
  const machine = new SimMachine()
  const before = await machine.finish(machine.open())
  await machine.finish(before.store.createBucket({ bucket: 'bucket', location: '' }, context()))
  await machine.finish(actions(before.store).put('bucket', 'key', 'bytes'))
  await machine.finish(before.close())
  machine.kill()

  machine.sim.faults.freeBytes = 1024 ** 2
  const { store, close } = await machine.finish(machine.open())
  assert.equal(String(await machine.finish(actions(store).get('bucket', 'key'))), 'bytes')
  await assert.rejects(machine.finish(actions(store).put('bucket', 'more', 'bytes')), code('ServiceUnavailable'))

  machine.sim.faults.freeBytes = 1024 ** 4
  await machine.finish(machine.clock.sleep(6_000))
  await machine.finish(actions(store).put('bucket', 'more', 'bytes'))
  await machine.finish(close())
})
