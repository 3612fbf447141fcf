import { decodeMapFile, mapFileName } from '../../src/store/embedded/format/map-file.ts'
import { chooseMap } from '../../src/store/embedded/placement/choose-map.ts'
import { indexDeviceCount } from '../../src/store/embedded/placement/edit-map.ts'
import { actions } from '../../test/conformance/harness.ts'
import { Client, simBucket } from '../actors/client.ts'
import type { Operator } from '../actors/operator.ts'
import { memoryMedium } from '../memory-medium.ts'
import { identityOf } from '../protection.ts'
import type { SimDrive } from '../sim-drive.ts'
import type { SimMachine } from '../sim-machine.ts'
import type { SimProcess } from '../sim-process.ts'
import type { World } from '../world.ts'
import { checkDrive } from './check-drives.ts'
import { checkIndex, compareIndexes } from './check-index.ts'

/** All faults are over, and the store is not what it should be. */
export class CheckError extends Error {}

const pollMs = 1_000
/** Simulated time in which the store has to heal: a drive that came and went often has to behave for 1,000 s first. */
export const healLimitMs = 2 * 3_600_000

/**
 * With all faults over, the store becomes whole within bounded time: the census says so, every object is what it may be,
 * and nothing is left over on any drive. Then, in some runs, a drive goes for good, and what is left has to make do.
 */
export async function checkHealed(world: World, process: SimProcess, operator: Operator): Promise<void> {
  await waitUntilNone(world, 'faults come to their ends', () => Array(operator.endFaults(true)).fill('a drive is bad'))
  await checkWhole(world, process, { operator, away: undefined })
  const { machine, protection, swarm, random } = world
  if (!swarm.endsDegraded) return
  const away = random.pick(machine.bays)
  if (!protection.mayHurt(away, process)) return
  const back = protection.hurt(away)
  away.faults.deadCode = 'ENODEV'
  await checkWhole(world, process, { operator, away })
  away.recover()
  back()
}

interface Healing {
  readonly operator: Operator
  /** A drive that stays away: without it the store may say that it is degraded. */
  readonly away: SimDrive | undefined
}

async function checkWhole(world: World, process: SimProcess, { operator, away }: Healing): Promise<void> {
  const { machine } = world
  const poll = (what: string, wrong: () => string[]) => waitUntilNone(world, what, wrong)
  await poll('drives come back', () => {
    void operator.replaceLost(process)
    return process.map.devices.flatMap(({ id, uuid, path, isUp, membership }) => {
      if (path === away?.name) return process.map.devices.length > 1 && membership === 'in' ? [`drive ${id} is in`] : []
      if (identityOf(machine.bay(path)) !== uuid) return [`drive ${id} is not in ${path}`]
      return isUp && membership === 'in' ? [] : [`drive ${id} in ${path} is ${isUp ? membership : 'down'}`]
    })
  })
  process.work.scrub.start({ depth: 'deep' })
  await poll('a deep scrub ends', () => isIdle(process, 'scrub'))
  process.work.mend.start()
  await poll('a heal ends', () => [...isIdle(process, 'mend'), ...verdictOf(process, away)])
  process.work.census.start('deep')
  await poll('a deep census ends', () => [...isIdle(process, 'census'), ...verdictOf(process, away)])
  await checkObjects(world, process)
  await poll('everything is swept', () => sweptOn(world, process, away))
  requireNone(checkIndex(process.keeperStore.index))
}

/** The process has ended: index and journal of each drive say the same, each for itself. */
export async function checkReplicas(machine: SimMachine): Promise<void> {
  const maps = machine.bays.flatMap((bay) => {
    const bytes = bay.peek(mapFileName)
    return bytes === undefined ? [] : [{ where: bay.name, map: decodeMapFile(Buffer.from(bytes)) }]
  })
  const { map } = chooseMap(maps)
  const bays = map.indexDevices.flatMap((id) => {
    const path = map.devices.find((device) => device.id === id)?.path
    return machine.bays.filter(({ name }) => name === path)
  })
  const opened = []
  for (const bay of bays) opened.push({ bay, index: (await memoryMedium(bay).open()).index })
  const [first, ...others] = opened
  if (first === undefined) throw new CheckError('no drive has the index')
  for (const { bay, index } of others) {
    requireNone(compareIndexes(first.index, index, `what ${first.bay.name} and ${bay.name} have on them`))
  }
}

async function waitUntilNone({ machine }: World, what: string, wrong: () => string[]): Promise<void> {
  const endMs = machine.clock.monotonic() + healLimitMs
  for (;;) {
    const found = wrong()
    if (found.length === 0) break
    if (machine.clock.monotonic() > endMs) throw new CheckError(`${what}: ${found.join('; ')}`)
    await machine.clock.sleep(pollMs)
  }
}

function requireNone(wrong: readonly string[]): void {
  if (wrong.length > 0) throw new CheckError(wrong.join('; '))
}

function isIdle({ work }: SimProcess, name: 'scrub' | 'mend' | 'census'): string[] {
  const { state, note } = work[name].status()
  return state === 'working' ? [`${name}: ${note}`] : []
}

function verdictOf({ work }: SimProcess, away: SimDrive | undefined): string[] {
  const { last } = work.census
  const isGood = last?.verdict === 'full' || (away !== undefined && last?.verdict === 'degraded: drive missing')
  if (!isGood) return [`the census says ${last?.verdict}; mend: ${work.mend.status().note}`]
  const isSettled = last.misplacedChunks === 0 && last.outdatedRows === 0
  return isSettled || away !== undefined ? [] : [`${last.misplacedChunks} misplaced, ${last.outdatedRows} outdated`]
}

async function checkObjects(world: World, process: SimProcess): Promise<void> {
  const client = new Client(world)
  const listed = await actions(process.store, world.ctx).list(simBucket)
  for (const key of world.auditor.keys()) {
    const found = await client.read(key)
    if (listed.includes(key) !== (found !== undefined))
      throw new CheckError(`the listing and object ${key} do not agree`)
  }
}

/** What is still to be swept, copied or written. */
function sweptOn({ machine, protection }: World, process: SimProcess, away: SimDrive | undefined): string[] {
  const { index } = process.keeperStore
  index.refresh()
  const trash = [...index.scan('trash', { from: Buffer.alloc(0) })].map(({ key }) => `trash ${key.toString('hex')}`)
  const degraded = [...index.scan('degraded', { from: Buffer.alloc(0) })].map(({ key }) => `row ${key.toString('hex')}`)
  const wrong = away === undefined ? [...trash, ...degraded] : []
  for (const device of process.map.devices) {
    const bay = machine.bay(device.path)
    if (bay === undefined || bay === away) continue
    wrong.push(...checkDrive(device, bay, { process, hasFlips: (path) => protection.hasFlips(bay, path) }))
    const replica = process.map.indexDevices.includes(device.id) ? machine.indexes.get(bay.name) : undefined
    if (replica !== undefined)
      wrong.push(...compareIndexes(index, replica, `the indexes of the keeper and ${bay.name}`))
  }
  const { map } = process
  const wanted = Math.min(
    indexDeviceCount(map),
    map.devices.filter(({ isUp, membership }) => isUp && membership === 'in').length,
  )
  if (map.indexDevices.length !== wanted) wrong.push(`${map.indexDevices.length} drives have the index, not ${wanted}`)
  return wrong
}
