import { domainsUp, poolsInUse } from '../../src/admin/embedded/summarize-profiles.ts'
import { systemCode } from '../../src/store/embedded/drive/drive.ts'
import { addDevices, cancelLeaving, MapEditError, startLeaving } from '../../src/store/embedded/placement/edit-map.ts'
import type { MapDevice, StoreMap } from '../../src/store/embedded/placement/store-map.ts'
import { identityOf } from '../protection.ts'
import type { SimDrive, SimDriveImage } from '../sim-drive.ts'
import { formatSimDrive } from '../sim-place.ts'
import type { SimProcess } from '../sim-process.ts'
import type { World } from '../world.ts'
import { type DriveFaultClass, type Fault, type FaultMaker, faultMakers } from './faults.ts'

const drivesMax = 14
/** Rests between two actions, in milliseconds. */
const restMs = [100, 1_000, 5_000, 20_000]
const lookMs = 100

/**
 * Hurts drives, and looks after them: takes care that no more are bad at once than the store promises to bear, replaces
 * those that are lost, adds and removes others. What it has begun outlives the process of the server.
 */
export class Operator {
  readonly #world: World
  #faults: Fault[] = []
  faultsBegun = 0
  /** What drives had some time ago. */
  readonly #images = new Map<SimDrive, SimDriveImage>()

  constructor(world: World) {
    this.#world = world
  }

  hasFullDrives(): boolean {
    return this.#faults.some(({ kind }) => kind === 'fullDrives')
  }

  /** To be called when another process begins: faults come to their ends while it opens and closes, too. */
  begin(): void {
    this.endFaults()
    this.#world.machine.clock.every(lookMs, () => this.endFaults())
  }

  /** As long as there are steps; for one life of the process. */
  async run(): Promise<void> {
    const { machine, operatorRandom: random } = this.#world
    while (this.#world.stepsLeft > 0) {
      await machine.clock.sleep(random.pick(restMs))
      await this.#act()
    }
  }

  /** Ends the faults whose time has come, or all that may be over by now. @returns how many are left */
  endFaults(all = false): number {
    const nowMs = this.#world.machine.clock.monotonic()
    for (const fault of this.#faults.filter(({ endMs, isRipe }) => (all || endMs <= nowMs) && isRipe())) {
      this.#faults = this.#faults.filter((each) => each !== fault)
      fault.end()
      this.#world.note(`${fault.bay.name}: ${fault.kind} is over`)
    }
    return this.#faults.length
  }

  async #act(): Promise<void> {
    const { operatorRandom: random, swarm, machine, process } = this.#world
    if (process === undefined) return
    const roll = random.next()
    const bay = random.pick(machine.bays)
    const kinds = (Object.keys(faultMakers) as DriveFaultClass[]).filter((kind) => swarm.classes.has(kind))
    if (roll < 0.1) this.#images.set(bay, bay.image())
    else if (roll < 0.2) await this.replaceLost(process)
    else if (roll < 0.27 && swarm.classes.has('addedDrives')) await this.#add(process)
    else if (roll < 0.34 && swarm.classes.has('removedDrives')) await this.#remove(process)
    else if (roll < 0.44 && swarm.classes.has('chores')) await this.#doChore(process)
    else if (kinds.length > 0) this.#hurt(random.pick(kinds), bay, process)
  }

  #hurt(kind: DriveFaultClass, bay: SimDrive, process: SimProcess): void {
    const { machine, protection } = this.#world
    const maker: FaultMaker = faultMakers[kind]
    if (this.#faults.some((fault) => fault.bay === bay)) return
    if (maker.hurts && !protection.mayHurt(bay, process)) return
    const lasting = maker.begin(bay, this.#world, this.#images)
    if (lasting === undefined) return
    const { forMs, end, isRipe = () => true } = lasting
    this.faultsBegun += 1
    const healed = protection.hurt(bay, { isFull: !maker.hurts })
    this.#world.note(`${bay.name}: ${kind} for ${forMs} ms`)
    // What it had before is another drive's.
    if (kind === 'wipedDrives') this.#images.delete(bay)
    const endMs = machine.clock.monotonic() + forMs
    this.#faults.push({
      ...{ kind, bay, endMs, isRipe },
      end() {
        end()
        healed()
      },
    })
    this.endFaults()
  }

  /** Takes drives away that are gone for good, and puts those that stand blank in their bays into the store. */
  async replaceLost(process: SimProcess): Promise<void> {
    const { machine } = this.#world
    const isFree = (bay: SimDrive) => !this.#faults.some((fault) => fault.bay === bay)
    for (const { id, uuid, path, membership, isUp } of process.map.devices) {
      const bay = machine.bay(path)
      const isLost = bay !== undefined && isFree(bay) && identityOf(bay) !== uuid
      if (isLost && !isUp && membership !== 'leaving') await this.#change(process, (map) => startLeaving(map, id))
    }
    for (const bay of machine.bays) {
      const isKnown = process.map.devices.some(({ path, isUp }) => path === bay.name && isUp)
      if (!isFree(bay) || identityOf(bay) !== undefined || isKnown) continue
      // Whoever had it open may have left something there.
      bay.replaceWith(new Map(), { keepsFiles: false })
      await this.#addBay(bay, process)
    }
  }

  async #add(process: SimProcess): Promise<void> {
    if (process.map.devices.length >= drivesMax) return
    await this.#addBay(this.#world.machine.addBay(), process)
  }

  async #addBay(bay: SimDrive, process: SimProcess): Promise<void> {
    const drive = await formatSimDrive(bay, process.map.nextDevice)
    await this.#change(process, (map) => addDevices(map, [drive]))
  }

  /** As the operator of a real store may: those that stay must be enough. */
  async #remove(process: SimProcess): Promise<void> {
    const { operatorRandom: random, protection } = this.#world
    if (protection.badDevices(process).size > 0) return
    const leaving = process.map.devices.find(({ membership }) => membership === 'leaving')
    if (leaving !== undefined && random.chance(0.3)) {
      return await this.#change(process, (map) => cancelLeaving(map, leaving.id))
    }
    const device: MapDevice = random.pick(process.map.devices)
    await this.#change(process, (map) => {
      const after = startLeaving(map, device.id)
      const isEnough = poolsInUse(after).every((pool) => domainsUp(after, pool) >= pool.k + pool.m)
      return isEnough ? after : map
    })
  }

  async #change(process: SimProcess, edit: (map: StoreMap) => StoreMap): Promise<void> {
    this.#world.protection.profileChanges(process.map)
    try {
      const { map } = await process.keeperStore.changeMap(edit)
      const devices = map.devices.map(({ id, membership, isUp }) => `${id}${isUp ? '' : ' down'} ${membership}`)
      this.#world.note(`map ${map.epoch}: ${devices.join(', ')}`)
      process.work.mend.start()
    } catch (error) {
      const isTooFull = isForSpace(error) && this.hasFullDrives()
      if (!(error instanceof MapEditError) && !isTooFull) throw error
    }
  }

  async #doChore({ keeperStore, work }: SimProcess): Promise<void> {
    const { operatorRandom: random } = this.#world
    const chore = random.pick(['snapshot', 'light scrub', 'deep scrub', 'census', 'heal', 'rebuild index'] as const)
    this.#world.note(chore)
    if (chore === 'snapshot') await keeperStore.takeSnapshot().catch((error) => this.#requireFault(error))
    else if (chore === 'census') work.census.start(random.pick(['light', 'deep']))
    else if (chore === 'heal') work.mend.start()
    else if (chore === 'rebuild index') {
      this.#world.isRestartWanted = true
      await keeperStore.rebuildIndex()
    } else work.scrub.start({ depth: chore === 'deep scrub' ? 'deep' : 'light' })
  }

  /** A snapshot may fail with a drive. */
  #requireFault(error: unknown): void {
    const { process, protection } = this.#world
    if (process !== undefined && !protection.hasTrouble(process)) throw error
  }
}

/** Whether something failed because a drive is full. */
export function isForSpace(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = systemCode(error)
  return code === 'ENOSPC' || code === 'InsufficientStorage' || isForSpace(error.cause)
}
