import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimClock } from '../../../../sim/sim-clock.ts'
import { SimDrive, SimPower } from '../../../../sim/sim-drive.ts'
import { SimRandom } from '../../../../sim/sim-random.ts'
import { storeOn } from '../../../../test/support/drives.ts'
import { FailingDrive } from '../../../../test/support/failing-drive.ts'
import { findMap, withPresence } from '../../../../test/support/find-map.ts'
import { finish } from '../../../../test/support/finish.ts'
import { mapFileName } from '../format/map-file.ts'
import { SplitStoreError } from '../placement/choose-map.ts'
import { markDown, setIndexDevices } from '../placement/edit-map.ts'
import type { StoreMap } from '../placement/store-map.ts'
import { MapKeeper } from './map-keeper.ts'

/** Drives of one machine, with a store on them. */
class Scene {
  readonly count: number
  readonly clock = new SimClock()
  readonly power = new SimPower()
  readonly random = new SimRandom(5)
  readonly sims: SimDrive[]
  readonly drives: FailingDrive[]
  readonly failures: number[] = []

  constructor(count: number) {
    this.count = count
    this.sims = Array.from(
      { length: count },
      (_, number) => new SimDrive(this.clock, new SimRandom(number), { name: `/d${number}`, power: this.power }),
    )
    this.drives = this.sims.map((sim) => new FailingDrive(sim))
  }

  finish<T>(work: Promise<T>): Promise<T> {
    return finish(this.clock, work)
  }

  async find(devices = [...this.drives.keys()]): Promise<StoreMap> {
    const map = await this.finish(findMap(devices.map((device) => this.drives[device] as FailingDrive)))
    assert.ok(map !== undefined)
    return map
  }

  /** Opens the maps on these drives; without any, a new store. */
  async open(map?: StoreMap, devices = [...this.drives.keys()]): Promise<MapKeeper> {
    const keeper = MapKeeper.open({
      map: map ?? storeOn(this.count),
      edit: (before) => withPresence(before, devices, this.clock.now()),
      driveOf: (device) => this.drives[device],
      runtime: { clock: this.clock, random: this.random },
      failed: (device) => this.failures.push(device),
    })
    return await this.finish(keeper)
  }

  cut(): void {
    this.power.restore()
    for (const sim of this.sims) {
      sim.settle()
      sim.faults.delayMs = 0
      sim.faults.deadCode = undefined
    }
    this.clock.forgetTimers()
  }
}

const down = (device: number) => (map: StoreMap) => markDown(map, device, 1)

test('open: writes a map of its own on every drive that is there, and remembers the one before', async () => {
  const scene = new Scene(3)
  const first = await scene.open()
  assert.deepEqual([first.current.map.epoch, first.current.map.lineage], [2, [{ epoch: 1, term: 7 }]])
  assert.equal(first.current.map.term, first.term)
  const second = await scene.open(await scene.find(), [0, 2])
  assert.equal(second.current.map.epoch, 3)
  assert.deepEqual(second.current.map.lineage[0], { epoch: 2, term: first.term })
  assert.equal(second.current.isUp(1), false)
  assert.equal((await scene.find([1])).epoch, 2, 'nothing was written where no drive was')
  assert.equal((await scene.find([1, 2])).epoch, 3)
})

test('open: a map that was damaged is written anew', async () => {
  const scene = new Scene(2)
  await scene.open()
  scene.sims[0]?.flipBit(mapFileName, 40)
  await scene.open(await scene.find())
  assert.equal((await scene.find([0])).epoch, 3)
})

test('open: two halves that were opened apart are refused', async () => {
  const scene = new Scene(2)
  await scene.open()
  for (const half of [0, 1]) await scene.open(await scene.find([half]), [half])
  await assert.rejects(scene.find(), SplitStoreError)
})

test('change: one after the other; nobody hears of it before it is durable', async () => {
  const scene = new Scene(3)
  const keeper = await scene.open()
  const heard: number[] = []
  keeper.onChange(({ map }) => heard.push(map.epoch))
  const changes = [keeper.change(down(0)), keeper.change(down(1)), keeper.change(down(1))]
  assert.deepEqual(heard, [])
  const placements = await scene.finish(Promise.all(changes))
  assert.deepEqual(
    placements.map(({ map }) => map.epoch),
    [3, 4, 4],
  )
  assert.deepEqual(heard, [3, 4])
  scene.cut()
  assert.equal((await scene.find([2])).epoch, 4)
})

test('change: an edit that fails changes nothing, and the next one goes on', async () => {
  const scene = new Scene(2)
  const keeper = await scene.open()
  await assert.rejects(
    keeper.change(() => {
      throw new Error('no')
    }),
    /no/,
  )
  await assert.rejects(keeper.change((map) => setIndexDevices(map, [9])))
  assert.equal((await scene.finish(keeper.change(down(0)))).map.epoch, 3)
})

test('change: a drive that hangs is waited for only where its copy counts', async () => {
  const scene = new Scene(3)
  const keeper = await scene.open()
  ;(scene.sims[0] as SimDrive).faults.delayMs = 600_000
  let beforeMs = scene.clock.monotonic()
  await scene.finish(keeper.change((map) => setIndexDevices(map, [1, 2])))
  assert.ok(scene.clock.monotonic() - beforeMs < 100, 'two of three have it')
  ;(scene.sims[1] as SimDrive).faults.delayMs = 600_000
  beforeMs = scene.clock.monotonic()
  await scene.finish(keeper.change((map) => setIndexDevices(map, [2])))
  const tookMs = scene.clock.monotonic() - beforeMs
  assert.ok(tookMs > 1_900 && tookMs < 2_100)
  assert.deepEqual(new Set(scene.failures), new Set([0, 1]))
})

test('change: whichever calls fail or are the last, the newest map that was told of is found', async () => {
  for (const kind of ['EIO', 'cut'] as const) {
    for (let call = 1; ; call += 1) {
      const scene = new Scene(3)
      const keeper = await scene.open()
      let told = 2
      keeper.onChange(({ map }) => {
        // Without power nobody hears anything.
        if (!scene.power.isCut) told = map.epoch
      })
      const drive = scene.drives[call % 3] as FailingDrive
      if (kind === 'EIO') drive.failAt(Math.ceil(call / 3), 'EIO')
      else scene.power.cutAfter(call)
      const changes = Promise.allSettled([
        keeper.change((map) => setIndexDevices(map, [1, 2])),
        keeper.change((map) => setIndexDevices(map, [0, 2])),
      ])
      await scene.finish(changes)
      const isHit = kind === 'EIO' ? drive.failed !== undefined : scene.power.isCut
      scene.cut()
      drive.heal()
      // Any drive may be missing: m is 1.
      for (const missing of [0, 1, 2]) {
        const { epoch } = await scene.find([0, 1, 2].filter((device) => device !== missing))
        assert.ok(
          epoch >= told,
          `${kind} ${call} without ${missing}, ${drive.failed}: epoch ${epoch}, and ${told} was told of`,
        )
      }
      if (!isHit) break
      const next = await scene.open(await scene.find())
      assert.ok(next.current.map.epoch > told)
    }
  }
})

test('change: a map that no drive took is no map, and its epoch is not used again', async () => {
  const scene = new Scene(2)
  const keeper = await scene.open()
  for (const { faults } of scene.sims) faults.deadCode = 'EIO'
  await scene.finish(assert.rejects(keeper.change(down(0)), /could not be written on any drive/))
  assert.equal(keeper.current.map.epoch, 2)
  for (const { faults } of scene.sims) faults.deadCode = undefined
  assert.equal((await scene.finish(keeper.change(down(1)))).map.epoch, 4)
})

test('change: a drive that did not take a map gets it again, without another change', async () => {
  const scene = new Scene(3)
  const keeper = await scene.open()
  scene.drives[1]?.failAt(1, 'EIO')
  await scene.finish(keeper.change(down(2)))
  assert.deepEqual(scene.failures, [1])
  scene.drives[1]?.heal()
  await scene.finish(scene.clock.sleep(11_000))
  assert.equal((await scene.find([1])).epoch, keeper.current.map.epoch)
  keeper.close()
})
