import type { Clock } from '../../../core/runtime.ts'
import type { MapDevice, StoreMap } from '../placement/store-map.ts'
import type { Drive } from './drive.ts'
import { Drives, type OpenDrive } from './drives.ts'
import type { DriveFaults } from './faulty-drive.ts'
import { FileCache } from './file-cache.ts'
import { openLocalDrive } from './local-drive.ts'
import { probeOf, SlowDrives } from './slow-drives.ts'
import { watchDrive } from './watched-drive.ts'

export interface LocalDrivesOptions {
  readonly clock: Clock
  /** Put into the drives for drills; undefined where nobody may. */
  readonly faults?: DriveFaults | undefined
  /** Opens a drive by its folder; by default, a folder of this machine. */
  readonly open?: ((root: string) => Drive) | undefined
  /** Of this process: where it writes to find out how fast a drive is. */
  readonly name: string
}

/** The drives that a map names, as this process has them open: limited, measured, and compared with one another. */
export class LocalDrives {
  readonly drives = new Drives()
  readonly #options: LocalDrivesOptions
  readonly #slow: SlowDrives

  constructor(options: LocalDrivesOptions) {
    this.#options = options
    this.#slow = new SlowDrives(options.clock)
  }

  /** Opens the drives of a map that are not open yet, and closes those that it does not have. */
  follow({ devices }: StoreMap): void {
    for (const device of devices) {
      const open = this.drives.get(device.id)
      if (open?.root === device.path) continue
      if (open !== undefined) this.#close(open)
      // Where a drive is that was down when the store was opened is not known until it is back.
      if (device.isUp) this.drives.add(this.#open(device))
    }
    for (const open of this.drives.all()) {
      if (!devices.some(({ id }) => id === open.device)) this.#close(open)
    }
  }

  close(): void {
    for (const open of this.drives.all()) this.#close(open)
    this.#slow.close()
  }

  #open({ id, path }: MapDevice): OpenDrive {
    const { clock, faults, open = openLocalDrive } = this.#options
    const local = open(path)
    const { drive, background, watch } = watchDrive(faults === undefined ? local : faults.wrap(id, local), clock)
    this.#slow.add(id, watch, probeOf(drive, `probe-${this.#options.name}`))
    return { device: id, root: path, drive, background, files: new FileCache(drive, clock), health: watch }
  }

  #close(open: OpenDrive): void {
    this.drives.remove(open.device)
    this.#slow.remove(open.device)
    open.files.close().catch(() => {})
  }
}
