import type { Cancel, Runtime } from '../../../core/runtime.ts'
import { isIndexDamage } from '../index/lmdb-index.ts'
import { chooseIndexDevices, setIndexDevices } from '../placement/edit-map.ts'
import type { Placement } from '../placement/placement.ts'
import type { StoreMap } from '../placement/store-map.ts'
import { fillReplica } from './fill-replica.ts'
import type { IndexDrive } from './index-medium.ts'
import { type Replica, ReplicatedIndex } from './index-replicas.ts'
import { JournalGroup } from './journal-group.ts'
import type { MapKeeper } from './map-keeper.ts'
import type { OpenedIndex } from './open-index.ts'
import { settleTogether } from './settle-together.ts'

/** An index that was made anew and is damaged again this soon does not get better by making it anew. */
const remakePauseMs = 10 * 60 * 1000
/** A drive that the index could not be put on, or was lost from, is tried again after this. */
const retryMs = 60_000
/** A drive that does not say how full it is. */
const spacePatienceMs = 2_000

/** A drive does without journal and index from now on. */
class NotNeededError extends Error {}

export interface ReplicaSetOptions {
  readonly maps: Pick<MapKeeper, 'current' | 'change' | 'onChange' | 'term'>
  /** The drives that are open, by device. */
  readonly driveOf: (device: number) => IndexDrive | undefined
  readonly runtime: Runtime
  /** The index is to be read at another path from now on. */
  readonly moved: (path: string) => void
  /** The keeper cannot go on: the next one opens what is on the drives. */
  readonly failed: (error: unknown) => void
}

/** A drive with everything up to `lastSeq`. */
export interface WholeReplica {
  readonly drive: IndexDrive
  readonly opened: OpenedIndex
}

/**
 * Journal and index on several drives, as the keeper has them open. A drive that fails is taken out of the map before
 * anything else is acknowledged; `improve` puts others in place. At any time, snapshot and journal of each drive that
 * the map names have every commit that was acknowledged.
 */
export class ReplicaSet {
  readonly journal: JournalGroup
  readonly index: ReplicatedIndex
  /** The last commit of the opening. */
  readonly lastSeq: number
  readonly #options: ReplicaSetOptions
  readonly #opened = new Map<number, OpenedIndex>()
  /** When the index of a drive was made, or the store opened. */
  readonly #sinceMs = new Map<number, number>()
  /** When a damaged index may be made anew once more. */
  readonly #remakeAtMs = new Map<number, number>()
  readonly #retryAtMs = new Map<number, number>()
  /** What is under way on a drive, and what ends waiting for it. It may hang, and goes on until it is over. */
  readonly #underWay = new Map<number, (error: unknown) => void>()
  readonly #unsubscribe: Cancel
  #work: Promise<unknown> = Promise.resolve()

  constructor(options: ReplicaSetOptions, whole: readonly [WholeReplica, ...WholeReplica[]]) {
    const { runtime, maps } = options
    this.#options = options
    this.lastSeq = whole[0].opened.lastSeq
    for (const { drive, opened } of whole) {
      this.#opened.set(drive.device, opened)
      this.#sinceMs.set(drive.device, runtime.clock.monotonic())
    }
    const [primary, ...others] = whole.map(replicaOf)
    this.index = new ReplicatedIndex({
      primary: primary as Replica,
      others,
      clock: runtime.clock,
      moved: ({ path }) => options.moved(path),
      failed: (replica, error) => this.#replicaFailed(replica, error),
      exhausted: (error) => this.#exhausted(error),
    })
    this.journal = new JournalGroup({
      term: maps.term,
      clock: runtime.clock,
      members: whole.map(({ drive }) => drive),
      memberLost: (device, error) => this.#memberLost(device, error),
    })
    this.#unsubscribe = maps.onChange((placement) => this.#followMap(placement))
  }

  /** Where gateways open the index. */
  get path(): string {
    return this.index.primary.path
  }

  /** As `Drive.space`, of the fullest drive: what is in the journal has to fit into every index. */
  async space(): Promise<{ freeBytes: number; totalBytes: number }> {
    const { clock } = this.#options.runtime
    const drives = this.journal.devices.flatMap((device) => this.#options.driveOf(device)?.drive ?? [])
    const tasks = drives.map((drive) => ({ work: drive.space(), counts: true }))
    const outcomes = await settleTogether(tasks, { clock, patienceMs: spacePatienceMs })
    const known = outcomes.flatMap((outcome) => (outcome.state === 'done' ? [outcome.value] : []))
    // A drive that does not answer is no reason to refuse anything: it will be lost when it is written to.
    const none = { freeBytes: Number.POSITIVE_INFINITY, totalBytes: Number.POSITIVE_INFINITY }
    return known.reduce((least, each) => (each.freeBytes < least.freeBytes ? each : least), none)
  }

  /** A drive is gone, or is to be without the index. Resolves when the map knows. @throws Error when it is the last */
  async drop(device: number, error: unknown): Promise<void> {
    await this.journal.drop(device, error)
  }

  /** A gateway has found the index damaged; see `ReplicatedIndex.reportDamage`. */
  reportDamage(error: unknown, path?: string): void {
    this.index.reportDamage(error, path)
  }

  /** Copies the index to every drive that has the journal, and cuts the journal that the copies make needless. */
  takeSnapshot(): Promise<void> {
    return this.#alone(async () => {
      const failures: unknown[] = []
      for (const device of this.journal.devices) {
        await this.#attempt(device, (drive) => this.#snapshotTo(drive)).catch((error) => {
          this.#tell(device, 'take a snapshot of the index', error)
          failures.push(error)
        })
      }
      if (failures.length > 0) throw failures[0]
    })
  }

  /**
   * Does the next thing that brings journal and index to the drives that they should be on: to be called from time to
   * time, and again at once after 'more'.
   */
  improve(): Promise<'more' | 'idle'> {
    return this.#alone(async () => {
      const { map } = this.#options.maps.current
      const wanted = chooseIndexDevices(map)
      const missing = wanted.find((device) => !map.indexDevices.includes(device) && this.#mayTry(device))
      if (missing !== undefined) return await this.#try(missing, (drive) => this.#add(drive))
      const lame = this.journal.devices.find((device) => !this.#opened.has(device) && this.#mayRemake(device))
      if (lame !== undefined) return await this.#try(lame, (drive) => this.#remake(drive))
      const surplus = map.indexDevices.find((device) => !wanted.includes(device))
      const hasWanted = wanted.length > 0 && wanted.every((device) => this.#opened.has(device))
      if (surplus === undefined || !hasWanted) return 'idle'
      await this.drop(surplus, new NotNeededError('the index is on other drives now'))
      return await this.#try(surplus, ({ medium }) => medium.clear())
    })
  }

  /**
   * Makes indexes anew, whatever they are like.
   * @param device undefined for all
   * @returns `restart` when the keeper has to end for it: the next one makes them from snapshot and journal
   */
  async rebuild(device?: number): Promise<'done' | 'restart'> {
    const why = 'an operator wants it made anew'
    const hasOther = this.index.devices.some((each) => each !== device)
    if (device !== undefined && hasOther && this.#opened.has(device)) {
      this.#lay(device, new Error(why))
      await this.#alone(() => this.#attempt(device, (drive) => this.#remake(drive)))
      return 'done'
    }
    for (const each of this.#opened.keys()) {
      if (device === undefined || each === device) this.#options.driveOf(each)?.medium.markSuspect(why)
    }
    return 'restart'
  }

  /** Syncs and closes everything, so that the next opening can trust it. */
  async close(): Promise<void> {
    this.#unsubscribe()
    for (const end of this.#underWay.values()) end(new Error('the store is closed'))
    await this.#work.catch(() => {})
    await this.journal.close()
    await this.index.close()
    const closed = await Promise.allSettled([...this.#opened].map(([, opened]) => opened.close()))
    const devices = [...this.#opened.keys()]
    for (const [number, outcome] of closed.entries()) {
      if (outcome.status === 'rejected') this.#tell(devices[number] as number, 'close the index', outcome.reason)
    }
  }

  /** Puts journal and index on a drive that has neither, or old ones. */
  async #add(drive: IndexDrive): Promise<void> {
    const { device, medium } = drive
    await medium.clear()
    const afterSeq = await this.journal.addMember(device, drive.drive)
    try {
      await this.#fill(drive, afterSeq)
      await this.#options.maps.change((map) => (this.journal.has(device) ? withIndexOn(map, device) : map))
      this.#requireMember(device)
      this.journal.markWhole(device)
    } catch (error) {
      if (this.journal.has(device)) await this.drop(device, error)
      throw error
    }
    this.#options.runtime.events.log.info({ device }, 'journal and index are on this drive as well now')
  }

  /** Makes the index of a drive anew that has the journal. */
  async #remake(drive: IndexDrive): Promise<void> {
    this.#remakeAtMs.set(drive.device, this.#options.runtime.clock.monotonic() + remakePauseMs)
    await this.#fill(drive, 0)
    await this.journal.cut(this.#opened.get(drive.device)?.lastSeq ?? 0, drive.device)
  }

  async #fill(drive: IndexDrive, afterSeq: number): Promise<void> {
    const { device } = drive
    const { clock } = this.#options.runtime
    const opened = await fillReplica(drive, {
      source: this.index,
      afterSeq,
      clock,
      requireUse: () => this.#requireMember(device),
    })
    this.#opened.set(device, opened)
    this.#sinceMs.set(device, clock.monotonic())
  }

  async #snapshotTo({ device, medium }: IndexDrive): Promise<void> {
    const { primary } = this.index
    try {
      const seq = await medium.takeSnapshot(this.index)
      this.#requireMember(device)
      await this.journal.cut(seq, device)
    } catch (error) {
      // A copy on another drive may have been spoilt there.
      if (isIndexDamage(error) && device === primary.device) this.reportDamage(error, primary.path)
      throw error
    }
  }

  /** @throws Error when the drive was lost while something was under way on it */
  #requireMember(device: number): void {
    if (!this.journal.has(device)) throw new Error(`drive ${device} was lost`)
  }

  #mayTry(device: number): boolean {
    const nowMs = this.#options.runtime.clock.monotonic()
    const isOpen = this.#options.driveOf(device) !== undefined
    return isOpen && !this.#underWay.has(device) && nowMs >= (this.#retryAtMs.get(device) ?? 0)
  }

  #mayRemake(device: number): boolean {
    const atMs = this.#remakeAtMs.get(device) ?? 0
    return this.#mayTry(device) && this.#options.runtime.clock.monotonic() >= atMs
  }

  async #try(device: number, action: (drive: IndexDrive) => Promise<void>): Promise<'more' | 'idle'> {
    try {
      await this.#attempt(device, action)
      return 'more'
    } catch (error) {
      this.#pause(device)
      this.#tell(device, 'put the index on it', error)
      return 'idle'
    }
  }

  /** Does something on a drive, and stops waiting for it when the drive is lost. */
  async #attempt(device: number, action: (drive: IndexDrive) => Promise<void>): Promise<void> {
    const drive = this.#options.driveOf(device)
    if (drive === undefined || this.#underWay.has(device)) throw new Error(`drive ${device} cannot be used now`)
    const { promise: ended, reject } = Promise.withResolvers<never>()
    this.#underWay.set(device, reject)
    const done = action(drive).finally(() => this.#underWay.delete(device))
    done.catch(() => {})
    await Promise.race([done, ended])
  }

  /** Something is still under way on a drive, from before the set was made: nothing else is begun on it until it is over. */
  waitFor(device: number, work: Promise<unknown>): void {
    this.#underWay.set(device, () => {})
    const over = () => this.#underWay.delete(device)
    work.then(over, over)
  }

  #pause(device: number): void {
    this.#retryAtMs.set(device, this.#options.runtime.clock.monotonic() + retryMs)
  }

  /** One thing after the other. */
  #alone<T>(action: () => Promise<T>): Promise<T> {
    const done = this.#work.then(action)
    this.#work = done.catch(() => {})
    return done
  }

  #followMap(placement: Placement): void {
    for (const [device, end] of this.#underWay) if (!placement.isUp(device)) end(new Error('the drive is down'))
    for (const device of this.journal.devices) {
      if (placement.isUp(device)) continue
      // The last one is not dropped: it may be back before it is needed.
      this.drop(device, new Error('the drive is down')).catch(() => {})
    }
  }

  async #memberLost(device: number, error: unknown): Promise<void> {
    // That it could not be put on a drive is told by who tried; one that is not needed any more has no fault.
    const isFault = !(error instanceof NotNeededError) && this.#options.maps.current.map.indexDevices.includes(device)
    if (isFault) this.#tell(device, 'write the journal', error)
    this.#pause(device)
    this.#underWay.get(device)?.(error)
    const goesOn = this.index.drop(device, error)
    if (goesOn) this.#forget(device)
    await this.#options.maps.change((map) => withoutIndexOn(map, device))
    if (!goesOn) this.#options.failed(new Error('no index is left that can be used', { cause: error }))
  }

  #replicaFailed({ device }: Replica, error: unknown): void {
    this.#tell(device, 'read the index', error)
    this.#lay(device, error)
  }

  /** An index is not used any more; it is made anew when that helps. */
  #lay(device: number, error: unknown): void {
    this.index.drop(device, error)
    this.#forget(device)
    try {
      this.#options.driveOf(device)?.medium.markSuspect(String(error))
    } catch (failure) {
      this.#tell(device, 'mark the index', failure)
    }
  }

  #forget(device: number): void {
    const opened = this.#opened.get(device)
    this.#opened.delete(device)
    opened?.index.close().catch((error) => this.#tell(device, 'close the index', error))
  }

  /** The only index is damaged: the next keeper makes it anew, unless that was just done. */
  #exhausted(error: unknown): void {
    const { device } = this.index.primary
    this.#tell(device, 'read the index', error)
    const ageMs = this.#options.runtime.clock.monotonic() - (this.#sinceMs.get(device) ?? 0)
    if (this.#opened.get(device)?.isRebuilt === true && ageMs < remakePauseMs) return
    this.#options.driveOf(device)?.medium.markSuspect(String(error))
    this.#options.failed(error)
  }

  #tell(device: number, what: string, error: unknown): void {
    const drive = this.#options.driveOf(device)?.drive.name ?? `drive ${device}`
    this.#options.runtime.events.driveFault({ drive, what, error })
  }
}

function replicaOf({ drive, opened }: WholeReplica): Replica {
  return { device: drive.device, path: opened.path, index: opened.index }
}

function withIndexOn(map: StoreMap, device: number): StoreMap {
  return map.indexDevices.includes(device) ? map : setIndexDevices(map, [...map.indexDevices, device])
}

function withoutIndexOn(map: StoreMap, device: number): StoreMap {
  if (!map.indexDevices.includes(device)) return map
  return setIndexDevices(
    map,
    map.indexDevices.filter((each) => each !== device),
  )
}
