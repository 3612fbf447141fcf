import type { Runtime } from '../../core/runtime.ts'
import type { Drive } from './drive/drive.ts'
import type { Drives, OpenDrive } from './drive/drives.ts'
import type { LocalDrives } from './drive/local-drives.ts'
import type { StoreLock } from './drive/store-lock.ts'
import type { IndexDrive, IndexMedium } from './keeper/index-medium.ts'
import { MapKeeper } from './keeper/map-keeper.ts'
import { IndexLostError } from './keeper/open-replicas.ts'
import type { StorePlace } from './place.ts'
import type { Placement } from './placement/placement.ts'
import type { MapDevice, StoreMap } from './placement/store-map.ts'

export interface KeeperPlaceOptions {
  /** The newest map that was found, or the first of a new store. */
  readonly found: StoreMap
  /** The map to open with: what has changed since the other is in it. */
  readonly opening: StoreMap
  /** Drives that were away when the newest map was written. */
  readonly stale?: readonly number[]
  readonly local: LocalDrives
  readonly runtime: Runtime
  /** How the index of a drive is kept. */
  readonly mediumOf: (drive: OpenDrive) => IndexMedium
  /** The drive where the map has it, whatever is there now, and not behind a queue of other calls. */
  readonly bareDrive: (device: MapDevice) => Drive
  readonly lockSession: (session: number) => StoreLock
}

/** Where the keeper has a store: it alone writes the map, and opens journal and index. */
export class KeeperPlace implements StorePlace {
  readonly maps: MapKeeper
  readonly #options: KeeperPlaceOptions
  readonly #indexDrives = new Map<number, { open: OpenDrive; drive: IndexDrive }>()

  private constructor(options: KeeperPlaceOptions, maps: MapKeeper) {
    this.#options = options
    this.maps = maps
  }

  /**
   * @throws IndexLostError when no drive with the index is there; nothing was written then
   * @throws Error when no drive takes the map of this opening
   */
  static async open(options: KeeperPlaceOptions): Promise<KeeperPlace> {
    const { found, opening, local, runtime } = options
    requireIndexDrive(opening)
    local.follow(opening)
    const maps = await MapKeeper.open({
      map: found,
      edit: () => opening,
      driveOf: (device) => local.drives.get(device)?.drive,
      runtime,
      failed: (device, error) => {
        const drive = local.drives.get(device)?.root ?? `drive ${device}`
        runtime.events.driveFault({ drive, what: 'write the map', error })
      },
    })
    maps.onChange(({ map }) => local.follow(map))
    return new KeeperPlace(options, maps)
  }

  /** Drives that were away before this opening: what is on them may be old. */
  get stale(): readonly number[] {
    return this.#options.stale ?? []
  }

  get drives(): Drives {
    return this.#options.local.drives
  }

  /** Changes the map. Drives that it adds are open, and take it, before anybody hears of it. */
  changeMap(edit: (map: StoreMap) => StoreMap): Promise<Placement> {
    const { local } = this.#options
    return this.maps.change((map) => {
      const edited = edit(map)
      const known = new Set(edited.devices.map(({ id }) => id))
      // Those that are taken away take the map that says so, too.
      local.follow({ ...edited, devices: [...edited.devices, ...map.devices.filter(({ id }) => !known.has(id))] })
      return edited
    })
  }

  /** A drive as journal and index use it; undefined when it is not open. */
  indexDriveOf(device: number): IndexDrive | undefined {
    const open = this.drives.get(device)
    if (open === undefined) return undefined
    const known = this.#indexDrives.get(device)
    if (known?.open === open) return known.drive
    const drive = { device, drive: open.drive, medium: this.#options.mediumOf(open) }
    this.#indexDrives.set(device, { open, drive })
    return drive
  }

  bareDrive(device: MapDevice): Drive {
    return this.#options.bareDrive(device)
  }

  lockSession(session: number): StoreLock {
    return this.#options.lockSession(session)
  }

  close(): void {
    this.maps.close()
    this.#options.local.close()
  }
}

/**
 * A map of an opening that cannot be must not be on any drive: were the others opened next, without these, it would look
 * as if both had been in use.
 */
function requireIndexDrive(map: StoreMap): void {
  const isThere = map.devices.some(({ id, isUp }) => isUp && map.indexDevices.includes(id))
  if (!isThere) throw new IndexLostError(map, [])
}
