import type { Drive } from './drive.ts'
import type { DriveHealth } from './drive-health.ts'
import type { FileCache } from './file-cache.ts'

/** A drive that this process has open. Its I/O is limited and watched. */
export interface OpenDrive {
  /** Its number in the map. */
  readonly device: number
  /** The folder, absolute. */
  readonly root: string
  readonly drive: Drive
  /** The same for background work: its calls wait while those of requests do. */
  readonly background: Drive
  /** Files that are open for reading. */
  readonly files: FileCache
  readonly health: DriveHealth
}

/** The drives that this process has open, by number. Which of them are up, the map says. */
export class Drives {
  readonly #open = new Map<number, OpenDrive>()

  constructor(drives: readonly OpenDrive[] = []) {
    for (const drive of drives) this.add(drive)
  }

  get(device: number): OpenDrive | undefined {
    return this.#open.get(device)
  }

  /** By number, from the lowest. */
  all(): readonly OpenDrive[] {
    return [...this.#open.values()].sort((a, b) => a.device - b.device)
  }

  add(drive: OpenDrive): void {
    this.#open.set(drive.device, drive)
  }

  /** @returns the drive, for the caller to close */
  remove(device: number): OpenDrive | undefined {
    const drive = this.#open.get(device)
    this.#open.delete(device)
    return drive
  }
}
