import { memoryMedium } from '../../sim/memory-medium.ts'
import { SimClock } from '../../sim/sim-clock.ts'
import { SimDrive, SimPower } from '../../sim/sim-drive.ts'
import { SimRandom } from '../../sim/sim-random.ts'
import type { Runtime } from '../../src/core/runtime.ts'
import { isWantOfSpace } from '../../src/store/embedded/drive/drive.ts'
import { encodeNumber } from '../../src/store/embedded/format/counters.ts'
import { encodeJournalRecord } from '../../src/store/embedded/format/journal-record.ts'
import type { IndexWrite } from '../../src/store/embedded/index/index.ts'
import { metaKeys } from '../../src/store/embedded/index/keys.ts'
import type { IndexDrive } from '../../src/store/embedded/keeper/index-medium.ts'
import { MapKeeper } from '../../src/store/embedded/keeper/map-keeper.ts'
import { openReplicas } from '../../src/store/embedded/keeper/open-replicas.ts'
import type { ReplicaSet } from '../../src/store/embedded/keeper/replica-set.ts'
import { storeOn } from './drives.ts'
import { recordEvents } from './events.ts'
import { FailingDrive } from './failing-drive.ts'
import { findMap, withPresence } from './find-map.ts'
import { finish } from './finish.ts'

/** Journal, index and map as one process has them, and commits that are made through them as the keeper does. */
export interface OpenedReplicas {
  readonly maps: MapKeeper
  readonly set: ReplicaSet
  /** @returns the commit's number */
  commit(): Promise<number>
}

export function writesOf(seq: number): IndexWrite[] {
  return [
    { database: 'data', key: Buffer.from(String(seq).padStart(6, '0')), value: Buffer.from(`value ${seq}`) },
    { database: 'meta', key: metaKeys.commitSeq, value: encodeNumber(seq) },
  ]
}

/** A simulated machine with some drives, whose processes have nothing but map, journal and index. */
export class ReplicaMachine {
  readonly clock = new SimClock()
  readonly power = new SimPower()
  readonly events = recordEvents()
  readonly runtime: Runtime = { clock: this.clock, random: new SimRandom(11), events: this.events }
  readonly sims: SimDrive[]
  readonly drives: FailingDrive[]
  /** Drives that are not there. */
  readonly absent = new Set<number>()
  readonly moved: string[] = []
  readonly failures: unknown[] = []
  /** The last commit that was acknowledged. */
  acknowledged = 0

  constructor(count: number) {
    this.sims = Array.from(
      { length: count },
      (_, number) => new SimDrive(this.clock, new SimRandom(number), { name: `/d${number}`, power: this.power }),
    )
    this.drives = this.sims.map((sim) => new FailingDrive(sim))
  }

  finish<T>(work: Promise<T>): Promise<T> {
    return finish(this.clock, work)
  }

  /** Nothing is waited for here: it may be under way when the power goes. */
  async open(): Promise<OpenedReplicas> {
    const present = [...this.drives.keys()].filter((device) => !this.absent.has(device))
    const found = await findMap(present.map((device) => this.drives[device] as FailingDrive))
    const maps = await MapKeeper.open({
      map: found ?? storeOn(this.drives.length),
      edit: (before) => withPresence(before, present, this.clock.now()),
      driveOf: (device) => this.driveOf(device)?.drive,
      runtime: this.runtime,
      failed: () => {},
    })
    const set = await openReplicas({
      maps,
      driveOf: (device) => this.driveOf(device),
      runtime: this.runtime,
      moved: (path) => this.moved.push(path),
      failed: (error) => this.failures.push(error),
    })
    let seq = set.lastSeq
    const commit = async () => {
      const next = seq + 1
      const writes = writesOf(next)
      const { term } = set.journal
      const record = encodeJournalRecord({ firstSeq: next, lastSeq: next, term, writes })
      await set.journal.append(record, next).catch((error) => {
        // A client tries again what was refused.
        if (!isWantOfSpace(error)) throw error
        return set.journal.append(record, next)
      })
      set.index.apply(writes)
      seq = next
      // Without power nobody hears anything.
      if (!this.power.isCut) this.acknowledged = Math.max(this.acknowledged, next)
      return next
    }
    return { maps, set, commit }
  }

  /** The power is back, with what the drives have then. */
  cut(): void {
    this.power.restore()
    for (const sim of this.sims) sim.settle()
    for (const drive of this.drives) drive.heal()
    this.clock.forgetTimers()
  }

  driveOf(device: number): IndexDrive | undefined {
    const drive = this.drives[device]
    if (drive === undefined || this.absent.has(device)) return undefined
    return { device, drive, medium: memoryMedium(drive) }
  }

  /** The last commit that a drive has by itself. It is opened, as by another process. */
  async seqOn(device: number): Promise<number> {
    return (await memoryMedium(this.drives[device] as FailingDrive).open()).lastSeq
  }

  /** Does all there is to improve. */
  async improve({ set }: OpenedReplicas): Promise<void> {
    while ((await set.improve()) === 'more');
  }
}

/** The commits that an index has, from the first. */
export function commitsIn({ index }: Pick<ReplicaSet, 'index'>): number[] {
  index.refresh()
  return [...index.scan('data', { from: Buffer.alloc(0) })].map(({ key }) => Number(key.toString()))
}
