import type { Cancel, Clock } from '../../../core/runtime.ts'
import { checkReads, checkWrites, ReplacedDriveError, restoreFolders } from '../drive/check-drive.ts'
import { type Drive, systemCode } from '../drive/drive.ts'
import { checkReturnedMap } from '../placement/check-returned-map.ts'
import type { MapDevice, StoreMap } from '../placement/store-map.ts'
import { type DriveDecision, DriveJudgement, type Moment } from './drive-judgement.ts'

const checkMs = 1_000
/** Every so many checks of a drive that is up, one writes too; each of one that is down does. */
const checksPerWrite = 5
const lateMs = 10_000
/** Between checks that trouble asks for: it comes in hundreds. */
const restMs = 250
const defaultGraceMs = 600_000
const probeName = 'keeper-probe'

export interface DriveMonitorOptions {
  readonly clock: Clock
  /** How long a drive may be down before its chunks belong elsewhere. 10 minutes by default. */
  readonly graceMs?: number | undefined
  readonly map: () => StoreMap
  /** The drive at the place where the map has it, whatever is there now; not behind a queue of other calls. */
  readonly driveOf: (device: MapDevice) => Drive
  /** Changes the map. What fails is asked for again a second later. */
  readonly change: (decision: DriveDecision) => Promise<unknown>
  /** A drive is up again: its chunks are to be checked. It follows the change of the map. */
  readonly returned: (device: number) => void
}

interface Watched {
  readonly uuid: string
  readonly judgement: DriveJudgement
  checks: number
  /** Of the check under way, by the monotonic clock. */
  checkedSinceMs: number | undefined
  /** When the last check began. */
  lastCheckMs: number
  /** Somebody had trouble: the next check is a whole one. */
  isCheckWanted: boolean
  /** Of its folder, as it was seen last. */
  folderId: string | undefined
  /** A file could not be made or found. */
  lacksFolder: boolean
  isChanging: boolean
}

/**
 * Checks every drive of the map each second, and at once when somebody has trouble with one: reads who it is and whether
 * its folder is the one of before, and every few seconds writes and syncs a small file. Says which are down, out, and
 * back; why is in `drive-judgement.ts`.
 */
export class DriveMonitor {
  readonly #options: DriveMonitorOptions
  readonly #watched = new Map<number, Watched>()
  readonly #stop: Cancel
  #isClosed = false

  constructor(options: DriveMonitorOptions) {
    this.#options = options
    this.#stop = options.clock.every(checkMs, () => this.#tick())
    this.#tick()
  }

  /** A call on a drive failed, in whatever process. */
  reportTrouble(device: number, error: unknown): void {
    const watched = this.#watched.get(device)
    const mapped = this.#options.map().devices.find(({ id }) => id === device)
    if (this.#isClosed || watched === undefined || mapped === undefined) return
    watched.judgement.trouble(error, this.#now())
    if (systemCode(error) === 'ENOENT') watched.lacksFolder = true
    this.#decide(mapped, watched)
    watched.isCheckWanted = true
    const isRested = this.#now().monotonicMs - watched.lastCheckMs >= restMs
    if (watched.checkedSinceMs === undefined && isRested) this.#check(mapped, watched)
  }

  /** Why a drive is down; undefined when it is up. */
  reasonOf(device: number): string | undefined {
    return this.#watched.get(device)?.judgement.reason
  }

  close(): void {
    this.#isClosed = true
    this.#stop()
  }

  #tick(): void {
    const { devices } = this.#options.map()
    for (const device of this.#watched.keys()) {
      if (!devices.some(({ id }) => id === device)) this.#watched.delete(device)
    }
    for (const device of devices) {
      const watched = this.#watch(device)
      if (watched.checkedSinceMs === undefined) this.#check(device, watched)
      else this.#noteLate(watched, watched.checkedSinceMs)
      this.#decide(device, watched)
    }
  }

  #watch(device: MapDevice): Watched {
    const known = this.#watched.get(device.id)
    if (known?.uuid === device.uuid) return known
    const watched: Watched = {
      uuid: device.uuid,
      judgement: new DriveJudgement(device, this.#options.graceMs ?? defaultGraceMs, this.#now()),
      checks: 0,
      checkedSinceMs: undefined,
      lastCheckMs: Number.NEGATIVE_INFINITY,
      isCheckWanted: false,
      folderId: undefined,
      lacksFolder: false,
      isChanging: false,
    }
    this.#watched.set(device.id, watched)
    return watched
  }

  #noteLate({ judgement }: Watched, sinceMs: number): void {
    const now = this.#now()
    if (now.monotonicMs - sinceMs > lateMs) judgement.late(lateMs, now)
  }

  #check(device: MapDevice, watched: Watched): void {
    const { judgement } = watched
    const isDown = judgement.reason !== undefined
    const writes = watched.isCheckWanted || isDown || watched.checks % checksPerWrite === 0
    watched.checks += 1
    watched.lastCheckMs = this.#now().monotonicMs
    watched.checkedSinceMs = watched.lastCheckMs
    watched.isCheckWanted = false
    const over = (note: () => void) => {
      watched.checkedSinceMs = undefined
      if (this.#isClosed || this.#watched.get(device.id) !== watched) return
      note()
      const mapped = this.#options.map().devices.find(({ id }) => id === device.id)
      if (mapped !== undefined) this.#decide(mapped, watched)
    }
    const { lacksFolder } = watched
    watched.lacksFolder = false
    this.#ask(device, watched, { isDown, withWrite: writes, lacksFolder }).then(
      () => over(() => judgement.passed()),
      (error) => over(() => judgement.failed(error, this.#now())),
    )
  }

  async #ask(
    device: MapDevice,
    watched: Watched,
    { isDown, withWrite, lacksFolder }: { isDown: boolean; withWrite: boolean; lacksFolder: boolean },
  ): Promise<void> {
    const { map, driveOf } = this.#options
    const drive = driveOf(device)
    const identity = { storeId: map().storeId, deviceId: device.uuid }
    await checkReads(drive, identity)
    await requireSameFolder(drive, watched)
    if (isDown) await checkReturnedMap(drive, device, map())
    // Somebody may have taken away a folder of a drive that is there.
    if (lacksFolder) await restoreFolders(drive)
    if (!withWrite) return
    try {
      await checkWrites(drive, probeName)
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error
      await checkReads(drive, identity)
      await restoreFolders(drive)
      await checkWrites(drive, probeName)
    }
  }

  #decide(device: MapDevice, watched: Watched): void {
    const decision = watched.judgement.decide(device, this.#now())
    if (decision === undefined || watched.isChanging || this.#isClosed) return
    watched.isChanging = true
    const over = () => {
      watched.isChanging = false
    }
    this.#options.change(decision).then(() => {
      over()
      if (decision.kind === 'up') this.#options.returned(device.id)
    }, over)
  }

  #now(): Moment {
    const { clock } = this.#options
    return { nowMs: clock.now(), monotonicMs: clock.monotonic() }
  }
}

/** @throws ReplacedDriveError, once, when another folder is where the drive was */
async function requireSameFolder(drive: Drive, watched: Watched): Promise<void> {
  const before = watched.folderId
  watched.folderId = await drive.folderId()
  if (before !== undefined && before !== watched.folderId) throw new ReplacedDriveError(drive)
}
