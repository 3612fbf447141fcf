import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimClock } from '../../sim/sim-clock.ts'
import { SimDrive, SimPower } from '../../sim/sim-drive.ts'
import { simPlace } from '../../sim/sim-place.ts'
import { SimRandom } from '../../sim/sim-random.ts'
import { silentEvents } from '../../src/core/events.ts'
import { openWholeStore } from '../../src/store/embedded/open-embedded.ts'
import { actions, context } from '../conformance/harness.ts'
import { noReserve } from '../open-store.ts'
import { finish } from '../support/finish.ts'

test('a drive that comes back takes chunks at once, though files that were open on it are of no use', async () => {
  const clock = new SimClock()
  const power = new SimPower()
  const runtime = { clock, random: new SimRandom(1), events: silentEvents }
  const drives = [0, 1].map((name) => new SimDrive(clock, new SimRandom(name), { name: `/d${name}`, power }))
  const open = async () => {
    const place = await simPlace(drives, runtime)
    return await openWholeStore({ place, runtime, failed: assert.ifError, reserve: noReserve })
  }
  const { store, keeperStore } = await finish(clock, open())
  await finish(clock, store.createBucket({ bucket: 'bucket', location: '' }, context()))
  const put = (key: string) => finish(clock, actions(store).put('bucket', key, Buffer.alloc(40_000, key)))
  await put('before')

  const [, second] = drives as [SimDrive, SimDrive]
  second.faults.deadCode = 'ENODEV'
  await finish(clock, clock.sleep(5_000))
  assert.equal(keeperStore.maps.current.isUp(1), false)
  second.replaceWith(second.image(), { keepsFiles: false })
  second.recover()
  await finish(clock, clock.sleep(10_000))
  assert.equal(keeperStore.maps.current.isUp(1), true)

  await put('after')
  assert.deepEqual([...keeperStore.index.scan('degraded', { from: Buffer.alloc(0) })], [])
})
