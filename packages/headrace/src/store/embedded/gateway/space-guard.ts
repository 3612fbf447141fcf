import { S3Error } from '@headrace/s3'
import type { Clock } from '../../../core/runtime.ts'
import type { Drive } from '../drive/drive.ts'

/** How old a figure of free space may be. */
const maxAgeMs = 1_000

export interface SpaceReserve {
  /** Space that writes leave free, so that deletes and compaction, which need some first, can go on. */
  readonly reserveBytes: number
  /** The same as share of the drive; the greater of the two counts. */
  readonly reserveShare: number
}

export const defaultReserve: SpaceReserve = { reserveBytes: 1024 ** 3, reserveShare: 0.01 }

/** Refuses writes before the drive is full. */
export class SpaceGuard {
  readonly #drive: Drive
  readonly #clock: Clock
  readonly #reserve: SpaceReserve
  #checkedMs = Number.NEGATIVE_INFINITY
  #checking: Promise<void> | undefined
  /** Above the reserve. */
  #freeBytes = 0

  constructor(drive: Drive, clock: Clock, reserve: SpaceReserve = defaultReserve) {
    this.#drive = drive
    this.#clock = clock
    this.#reserve = reserve
  }

  /**
   * Nothing is waited for while the last figure is fresh and generous.
   * @throws S3Error InsufficientStorage when that many bytes would not leave the reserve free
   */
  requireSpace(bytes: number): Promise<void> | undefined {
    const isFresh = this.#clock.monotonic() - this.#checkedMs < maxAgeMs
    if (isFresh && bytes < this.#freeBytes / 2) return undefined
    return this.#check().then(() => {
      if (bytes > this.#freeBytes) throw wantOfSpace(this.#drive.name)
    })
  }

  async #check(): Promise<void> {
    this.#checking ??= this.#measure().finally(() => {
      this.#checking = undefined
    })
    await this.#checking
  }

  async #measure(): Promise<void> {
    const { freeBytes, totalBytes } = await this.#drive.space()
    this.#freeBytes = freeBytes - Math.max(this.#reserve.reserveBytes, totalBytes * this.#reserve.reserveShare)
    this.#checkedMs = this.#clock.monotonic()
  }
}

export function wantOfSpace(drive: string, cause?: unknown): S3Error {
  return new S3Error('InsufficientStorage', {
    message: `There is not enough free space on ${drive}. Delete objects, or make room on the drive.`,
    cause,
  })
}
