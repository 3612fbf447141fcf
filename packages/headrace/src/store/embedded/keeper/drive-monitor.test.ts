import assert from 'node:assert/strict'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { SimClock } from '../../../../sim/sim-clock.ts'
import { SimDrive } from '../../../../sim/sim-drive.ts'
import { SimRandom } from '../../../../sim/sim-random.ts'
import { temporaryFolder } from '../../../../test/open-store.ts'
import { finish } from '../../../../test/support/sim-store.ts'
import { settled, until } from '../../../../test/support/waiting.ts'
import type { Drive } from '../drive/drive.ts'
import { DriveFaults } from '../drive/faulty-drive.ts'
import { formatDrive } from '../drive/format-drive.ts'
import { openLocalDrive } from '../drive/local-drive.ts'
import { writeFileDurably } from '../drive/write-file.ts'
import { type DeviceFile, deviceFileName, encodeDeviceFile } from '../format/device-file.ts'
import type { MapDevice, StoreMap } from '../placement/store-map.ts'
import type { DriveDecision } from './drive-judgement.ts'
import { DriveMonitor } from './drive-monitor.ts'

const storeId = 'store'
const broken = (code: string) => Object.assign(new Error(`${code}: broken`), { code })

function mapDevice(id: number): MapDevice {
  return {
    id,
    uuid: `d${id}`,
    path: `/d${id}`,
    fileSystemId: '1',
    host: 'h',
    rack: undefined,
    deviceClass: 'hot',
    capacityBytes: 1,
    membership: 'in',
    isUp: true,
    downSinceMs: undefined,
  }
}

function deviceFile(id: number): DeviceFile {
  return { storeId, deviceId: `d${id}`, device: id, createdMs: 0 }
}

/** A map that does what the monitor says. */
class TestMap {
  readonly clock: SimClock
  devices: MapDevice[]
  /** What was decided, and which drives have returned. */
  readonly story: string[] = []
  failures = 0

  constructor(clock: SimClock, count: number) {
    this.clock = clock
    this.devices = Array.from({ length: count }, (_, id) => mapDevice(id))
  }

  get map(): StoreMap {
    const { devices } = this
    return {
      epoch: 1,
      term: 1,
      storeId,
      changedMs: 0,
      lineage: [],
      devices,
      nextDevice: devices.length,
      nextPool: 1,
      buckets: [],
      pools: [],
      rules: [],
      indexDevices: [],
    }
  }

  async change(decision: DriveDecision): Promise<void> {
    await this.clock.sleep(5)
    if (this.failures > 0) {
      this.failures -= 1
      this.story.push(`${decision.kind} ${decision.device} was not written`)
      throw broken('EIO')
    }
    this.story.push(`${decision.kind} ${decision.device}`)
    const changes = {
      down: { isUp: false, downSinceMs: this.clock.now() },
      out: { membership: 'out' },
      up: { isUp: true, membership: 'in', downSinceMs: undefined },
    } as const
    this.devices = this.devices.map((device) =>
      device.id === decision.device ? { ...device, ...changes[decision.kind] } : device,
    )
  }

  returned(device: number): void {
    this.story.push(`${device} returned`)
  }

  monitor(driveOf: (device: MapDevice) => Drive): DriveMonitor {
    return new DriveMonitor({
      clock: this.clock,
      map: () => this.map,
      driveOf,
      change: (decision) => this.change(decision),
      returned: (device) => this.returned(device),
    })
  }
}

/** A monitor of simulated drives that can be made to fail. */
async function monitored(count = 2) {
  const clock = new SimClock()
  const random = new SimRandom(1)
  const faults = new DriveFaults({ clock, random })
  const sims = Array.from({ length: count }, () => new SimDrive(clock, random))
  for (const [id, sim] of sims.entries()) {
    await finish(clock, writeFileDurably(sim, deviceFileName, encodeDeviceFile(deviceFile(id))))
  }
  const drives = sims.map((sim, id) => faults.wrap(id, sim))
  const map = new TestMap(clock, count)
  const monitor = map.monitor(({ id }) => drives[id] as Drive)
  const pass = async (ms: number) => {
    for (let passedMs = 0; passedMs < ms; passedMs += 1) {
      clock.advance(1)
      await settled()
    }
  }
  return { clock, faults, sims, map, monitor, pass, story: map.story }
}

test('DriveMonitor: while all is well there is nothing to say, and nothing is left on the drives', async () => {
  const { pass, story, sims, monitor } = await monitored()
  await pass(12_900)
  assert.deepEqual(story, [])
  for (const sim of sims) assert.deepEqual([...sim.files().keys()], [deviceFileName])
  monitor.close()
})

test('DriveMonitor: when another folder is where a drive was, the drive was away, whoever it is', async () => {
  const { sims, pass, story, monitor, map } = await monitored()
  await pass(1_500)
  const [sim] = sims
  if (sim !== undefined) sim.id = '2'
  await pass(1_500)
  assert.equal(map.map.devices[0]?.isUp, false)
  assert.match(monitor.reasonOf(0) ?? '', /another folder than before/)
  await pass(8_000)
  assert.equal(map.map.devices[0]?.isUp, true)
  assert.equal(story.length, 3)
  monitor.close()
})

test('DriveMonitor: a drive that fails is down within seconds, and back when it is well', async () => {
  const { faults, pass, story, monitor, map } = await monitored()
  await pass(500)
  faults.setFault(1, { errorCode: 'EIO', calls: 'read' })
  await pass(2_600)
  assert.deepEqual(story, ['down 1'])
  assert.match(monitor.reasonOf(1) ?? '', /^EIO/)
  assert.equal(monitor.reasonOf(0), undefined)
  await pass(3_000)
  faults.setFault(1, undefined)
  await pass(3_500)
  assert.deepEqual(story, ['down 1', 'up 1', '1 returned'])
  assert.equal(map.devices[1]?.isUp, true)
  monitor.close()
})

test('DriveMonitor: a drive that became read-only is found by the check that writes', async () => {
  const { faults, pass, story, monitor } = await monitored()
  await pass(500)
  faults.setFault(0, { errorCode: 'EROFS', calls: 'write' })
  await pass(6_000)
  assert.deepEqual(story, ['down 0'])
  // It must write again before it is up.
  await pass(6_000)
  assert.deepEqual(story, ['down 0'])
  monitor.close()
})

test('DriveMonitor: a full drive is not down', async () => {
  const { pass, story, monitor, sims } = await monitored()
  for (const sim of sims) sim.faults.noSpaceChance = 1
  await pass(12_000)
  assert.deepEqual(story, [])
  monitor.close()
})

test('DriveMonitor: a drive that does not answer is down after 10 s, out after the grace period', async () => {
  const { clock, faults, pass, story, monitor } = await monitored()
  await pass(500)
  faults.setFault(0, { isStuck: true })
  await pass(10_000)
  assert.deepEqual(story, [])
  await pass(2_600)
  assert.deepEqual(story, ['down 0'])
  for (let s = 0; s < 598; s += 1) {
    clock.advance(1_000)
    await settled()
  }
  assert.deepEqual(story, ['down 0'])
  await pass(2_000)
  assert.deepEqual(story, ['down 0', 'out 0'])
  faults.setFault(0, undefined)
  await pass(4_500)
  assert.deepEqual(story, ['down 0', 'out 0', 'up 0', '0 returned'])
  monitor.close()
})

test('DriveMonitor: trouble that others have is looked into at once', async () => {
  const { faults, pass, story, monitor } = await monitored()
  await pass(1_300)
  faults.setFault(0, { errorCode: 'EROFS', calls: 'write' })
  monitor.reportTrouble(0, broken('EROFS'))
  await pass(50)
  assert.deepEqual(story, ['down 0'])
  // Nobody knows of this one.
  monitor.reportTrouble(7, broken('EIO'))
  monitor.close()
})

test('DriveMonitor: much trouble costs few checks, and is enough by itself', async () => {
  const { pass, story, monitor, sims } = await monitored()
  await pass(1_300)
  const calls = sims[0]?.calls ?? 0
  for (let n = 0; n < 19; n += 1) {
    monitor.reportTrouble(0, broken('EIO'))
    await pass(10)
  }
  // Reading the device file takes three calls, writing a file another four.
  assert.ok((sims[0]?.calls ?? 0) - calls < 10)
  assert.deepEqual(story, [])
  monitor.reportTrouble(0, broken('EIO'))
  await pass(50)
  assert.deepEqual(story, ['down 0'])
  assert.match(monitor.reasonOf(0) ?? '', /^20 calls failed within a minute/)
  monitor.close()
})

test('DriveMonitor: a change of the map that fails is asked for again', async () => {
  const { faults, pass, story, monitor, map } = await monitored()
  map.failures = 2
  await pass(500)
  faults.setFault(0, { errorCode: 'ENODEV' })
  await pass(3_600)
  assert.deepEqual(story, ['down 0 was not written', 'down 0 was not written', 'down 0'])
  monitor.close()
})

test('DriveMonitor: drives that come and go in the map', async () => {
  const { faults, pass, story, monitor, map } = await monitored(3)
  const [first, second, third] = map.devices as [MapDevice, MapDevice, MapDevice]
  map.devices = [first, second]
  faults.setFault(2, { errorCode: 'ENODEV' })
  await pass(1_500)
  map.devices = [second, third]
  faults.setFault(0, { errorCode: 'ENODEV' })
  await pass(1_500)
  assert.deepEqual(story, ['down 2'])
  monitor.close()
})

test('DriveMonitor: after it is closed, nothing is decided', async () => {
  const { clock, faults, pass, story, monitor } = await monitored()
  faults.setFault(0, { errorCode: 'ENODEV' })
  monitor.close()
  monitor.reportTrouble(0, broken('EIO'))
  await pass(5_000)
  assert.deepEqual(story, [])
  assert.equal(clock.step(), false)
})

test('DriveMonitor: folders that are deleted, mixed up, and put back', async (t) => {
  const parent = await temporaryFolder(t)
  let places = [0, 1]
  const root = (id: number) => join(parent, `d${places[id]}`)
  for (const id of [0, 1]) await formatDrive(root(id), deviceFile(id))
  const clock = new SimClock()
  const map = new TestMap(clock, 2)
  const monitor = map.monitor(({ id }) => openLocalDrive(root(id)))
  const story = async (expected: string[]) => {
    await until(expected.join(', '), () => {
      clock.advance(50)
      return map.story.length >= expected.length
    })
    // Checks of two drives end in whatever order.
    assert.deepEqual(map.story.splice(0).sort(), expected.sort())
  }
  await rm(join(root(0), 'tmp'), { recursive: true })
  await until('the folder is made again', async () => {
    clock.advance(50)
    return (await readdir(root(0))).includes('tmp')
  })
  await rename(root(0), join(parent, 'away'))
  await story(['down 0'])
  assert.match(monitor.reasonOf(0) ?? '', /^ENOENT/)
  // What is mounted there is missing: the folder under it is never written to.
  await mkdir(root(0))
  for (let n = 0; n < 50; n += 1) {
    clock.advance(100)
    await settled()
  }
  assert.deepEqual(await readdir(root(0)), [])
  await rm(root(0), { recursive: true })
  await rename(join(parent, 'away'), root(0))
  await story(['up 0', '0 returned'])

  places = [1, 0]
  await story(['down 0', 'down 1'])
  assert.match(monitor.reasonOf(0) ?? '', /d1 is another drive: d1 of store store/)
  monitor.close()
})
