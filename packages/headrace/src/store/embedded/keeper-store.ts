import { type ForegroundLoad, noLoad } from '../../core/foreground-load.ts'
import type { Runtime } from '../../core/runtime.ts'
import type { Drives } from './drive/drives.ts'
import type { Fault } from './drive/faulty-drive.ts'
import type { StoreLock } from './drive/store-lock.ts'
import type { SpaceReserve } from './gateway/space-guard.ts'
import type { Index } from './index/index.ts'
import type { DriveDecision } from './keeper/drive-judgement.ts'
import { DriveMonitor } from './keeper/drive-monitor.ts'
import { Keeper } from './keeper/keeper.ts'
import type { MapKeeper } from './keeper/map-keeper.ts'
import { openReplicas } from './keeper/open-replicas.ts'
import type { ReplicaSet } from './keeper/replica-set.ts'
import type { KeeperPlace } from './keeper-place.ts'
import { KeeperServer } from './link/keeper-server.ts'
import type { Question } from './link/protocol.ts'
import { isAtHome } from './placement/belongs.ts'
import { finishLeaving, markDown, markIn, markOut, markUp } from './placement/edit-map.ts'
import type { Placement } from './placement/placement.ts'
import type { StoreMap } from './placement/store-map.ts'

export interface KeeperStoreOptions {
  readonly place: KeeperPlace
  readonly runtime: Runtime
  /** Where gateways in other processes find the keeper; undefined when there are none. */
  readonly socketPath?: string
  readonly reserve?: SpaceReserve | undefined
  /** How long a drive may be down before its chunks belong elsewhere. */
  readonly graceMs?: number | undefined
  /** How the clients of a gateway in this process fare. */
  readonly ownLoad?: (() => ForegroundLoad) | undefined
  /** The keeper cannot go on; the process must end, and the next one finds out what the drives have. */
  readonly failed: (error: unknown) => void
}

/** A snapshot is due when the journal has grown by this much, or by the size of the index if that is more. */
const snapshotBytesMin = 1024 ** 3
/** It is due as well when the store was opened this often: each opening leaves a file. */
const snapshotFilesMax = 64
/** What a snapshot leaves free besides its own size. */
const snapshotRoomBytes = 16 * 1024 * 1024

/** The keeper's side of the embedded store: everything that writes index and map, and what background workers need. */
export class KeeperStore {
  readonly place: KeeperPlace
  readonly keeper: Keeper
  readonly runtime: Runtime
  readonly reserve: SpaceReserve | undefined
  readonly monitor: DriveMonitor
  readonly #options: KeeperStoreOptions
  readonly #replicas: ReplicaSet
  readonly #server: KeeperServer | undefined
  readonly #returned = new Set<(device: number) => void>()
  readonly #unsubscribe: () => void
  /** Devices that nothing is committed to any more. */
  readonly #closing = new Set<number>()
  #faults: readonly (readonly [device: number, fault: Fault])[] = []

  private constructor(options: KeeperStoreOptions, replicas: ReplicaSet) {
    const { place, runtime, reserve, socketPath, graceMs, failed } = options
    this.#options = options
    this.place = place
    this.runtime = runtime
    this.reserve = reserve
    this.#replicas = replicas
    this.keeper = new Keeper({
      index: replicas.index,
      journal: replicas.journal,
      lastSeq: replicas.lastSeq,
      runtime,
      drive: replicas,
      hasDevice: (device) => place.maps.current.device(device) !== undefined && !this.#closing.has(device),
      isAtHome: (dataId, row) => isAtHome(dataId, row, place.maps.current),
      damaged: (error) => replicas.reportDamage(error),
      failed,
    })
    this.#server = socketPath === undefined ? undefined : this.#createServer(socketPath)
    this.monitor = new DriveMonitor({
      clock: runtime.clock,
      graceMs,
      map: () => place.maps.current.map,
      driveOf: (device) => place.bareDrive(device),
      change: (decision) => this.#decide(decision),
      returned: (device) => {
        for (const listener of this.#returned) listener(device)
      },
    })
    this.#unsubscribe = place.maps.onChange(() => this.#server?.sendStore())
  }

  /** @throws Error that says why the store cannot be opened, for an operator to read */
  static async open(options: KeeperStoreOptions): Promise<KeeperStore> {
    const { place, runtime, failed } = options
    let opened: KeeperStore | undefined
    const replicas = await openReplicas({
      maps: place.maps,
      driveOf: (device) => place.indexDriveOf(device),
      runtime,
      moved: () => opened?.moveGateways(),
      failed,
    })
    opened = new KeeperStore(options, replicas)
    await opened.#server?.listen()
    return opened
  }

  get index(): Index {
    return this.#replicas.index
  }

  get drives(): Drives {
    return this.place.drives
  }

  get maps(): MapKeeper {
    return this.place.maps
  }

  /** Bytes of the journal that are in no snapshot yet. */
  get journalBytes(): number {
    return this.#replicas.journal.bytesSinceCut
  }

  /** Changes the map; see `MapKeeper.change`. */
  changeMap(edit: (map: StoreMap) => StoreMap): Promise<Placement> {
    return this.place.changeMap(edit)
  }

  /**
   * Takes a drive that leaves out of the map. Writers that have begun long ago may still have chunks on it: they are
   * refused from now on, and what was committed before is in the index when it is looked at once more.
   * @returns false when the drive is not empty after all
   */
  async finishLeaving(device: number, isEmpty: () => Promise<boolean>): Promise<boolean> {
    this.#closing.add(device)
    try {
      // What was planned before this mutation, which has no effect, is committed when it is over.
      await this.keeper.submit('forgetDegraded', { rows: [] })
      if (!(await isEmpty())) return false
      await this.changeMap((map) => finishLeaving(map, device))
      return true
    } finally {
      this.#closing.delete(device)
    }
  }

  /** A drive that was down is up again: what is on it has to be looked at. */
  onReturned(listener: (device: number) => void): void {
    this.#returned.add(listener)
  }

  /** A drive has failed a call, in whatever process. */
  reportTrouble(device: number, error: unknown): void {
    this.monitor.reportTrouble(device, error)
  }

  /** Injects these faults into the drives of every process, and no others any more. */
  setFaults(faults: readonly (readonly [device: number, fault: Fault])[]): void {
    this.#faults = faults
    this.#server?.sendStore()
  }

  /** Gateways in other processes that are connected, by session, each with the commit up to which its reads are over. */
  connectedSessions(): ReadonlyMap<number, number> {
    return this.#server?.sessions() ?? new Map()
  }

  lockSession(session: number): StoreLock {
    return this.place.lockSession(session)
  }

  /** How the clients of all gateways fare. */
  foregroundLoad(): ForegroundLoad {
    return this.#server?.load() ?? this.#options.ownLoad?.() ?? noLoad
  }

  /** What the gateways in other processes answer. */
  async askGateways(question: Question = 'metrics'): Promise<unknown[]> {
    return (await this.#server?.ask(question)) ?? []
  }

  /** Sends the gateways in other processes to the index that counts now. */
  moveGateways(): void {
    this.#server?.moveIndex()
  }

  /** Brings journal and index to the drives that they should be on, one step at a time. */
  improveReplicas(): Promise<'more' | 'idle'> {
    return this.#replicas.improve()
  }

  /** Makes the index anew; see `ReplicaSet.rebuild`. */
  async rebuildIndex(): Promise<void> {
    if ((await this.#replicas.rebuild()) === 'restart') {
      this.#options.failed(new Error('an operator wants the index made anew'))
    }
  }

  /** @returns whether a snapshot was taken */
  async snapshotIfDue(): Promise<boolean> {
    const { journal } = this.#replicas
    const indexBytes = await this.index.sizeBytes()
    const due = Math.max(snapshotBytesMin, indexBytes)
    if (journal.bytesSinceCut < due && journal.filesSinceCut < snapshotFilesMax) return false
    // Better a long journal than a full drive.
    if ((await this.#replicas.space()).freeBytes < indexBytes * 1.25 + snapshotRoomBytes) return false
    await this.takeSnapshot()
    return true
  }

  /** Copies the index as it is now, and cuts the journal that it makes needless. */
  async takeSnapshot(): Promise<void> {
    await this.#replicas.takeSnapshot()
  }

  async close(): Promise<void> {
    this.monitor.close()
    await this.keeper.drain()
    await this.#server?.close()
    this.#unsubscribe()
    await this.#replicas.close()
    this.place.close()
  }

  #createServer(socketPath: string): KeeperServer {
    return new KeeperServer({
      keeper: this.keeper,
      socketPath,
      indexPath: () => this.#replicas.path,
      store: () => ({ map: this.maps.current.map, faults: this.#faults }),
      runtime: this.runtime,
      damaged: (error, path) => this.#replicas.reportDamage(error, path),
      trouble: (device, code) => this.reportTrouble(device, Object.assign(new Error(code), { code })),
      endGateway: endProcess,
    })
  }

  #decide(decision: DriveDecision): Promise<Placement> {
    const { device, kind } = decision
    const { log } = this.runtime.events
    const path = this.maps.current.device(device)?.path
    if (kind === 'down') log.error({ device, path }, `a drive is down: ${decision.reason}`)
    if (kind === 'out') log.error({ device, path }, 'a drive is out: what it has is made anew on the others')
    if (kind === 'up') log.info({ device, path }, 'a drive is back')
    return this.changeMap((map) => {
      if (kind === 'down') return markDown(map, device, decision.sinceMs)
      if (kind === 'out') return markOut(map, device)
      return markIn(markUp(map, device), device)
    })
  }
}

/** Gateways are of the same supervisor, which starts others. */
function endProcess(processId: number): void {
  if (processId !== process.pid) process.kill(processId, 'SIGKILL')
}
