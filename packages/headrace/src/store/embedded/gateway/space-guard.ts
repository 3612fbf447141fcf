import { S3Error } from '@headrace/s3'
import type { Clock } from '../../../core/runtime.ts'
import { inlineBytesMax } from '../data/pool.ts'
import type { Drive } from '../drive/drive.ts'

/** How old a figure of free space may be. */
const maxAgeMs = 1_000
/** What a write takes besides its bytes: rows of the index, and a record of the journal. */
const rowsBytes = 16 * 1024
/** Bytes in the index are in the journal as well, and in pages that are not full. */
const inlineFactor = 3
/** What a body takes that does not say how long it is. */
const unknownBytes = 64 * 1024 * 1024

export interface SpaceReserve {
  /** Space that writes leave free, so that deletes and compaction, which need some first, can go on. */
  readonly reserveBytes: number
  /** The same as share of the drive; the greater of the two counts. */
  readonly reserveShare: number
}

export const defaultReserve: SpaceReserve = { reserveBytes: 1024 ** 3, reserveShare: 0.01 }

export interface SpaceGuardOptions {
  readonly drive: Drive
  readonly clock: Clock
  readonly reserve?: SpaceReserve | undefined
  /** Processes that write to the drive, each with a guard of its own: all may do at once what this one does. */
  readonly writers?: number | undefined
  /** Told when a write was refused. */
  readonly refused?: (() => void) | undefined
}

/**
 * Refuses writes before the drive is full. What was granted counts as taken from then on, since the drive shows it only
 * once it is written.
 */
export class SpaceGuard {
  readonly #drive: Drive
  readonly #clock: Clock
  readonly #reserve: SpaceReserve
  readonly #writers: number
  readonly #refused: () => void
  #checkedMs = Number.NEGATIVE_INFINITY
  #checking: Promise<void> | undefined
  /** Above the reserve, when it was measured. */
  #freeBytes = 0
  /** Of writes that are under way. */
  #heldBytes = 0
  /** What the drive did not show when it was measured: held then, or granted since. */
  #unseenBytes = 0

  constructor({ drive, clock, reserve = defaultReserve, writers = 1, refused = () => {} }: SpaceGuardOptions) {
    this.#drive = drive
    this.#clock = clock
    this.#reserve = reserve
    this.#writers = writers
    this.#refused = refused
  }

  /**
   * Does a write for which there is space.
   * @param bodyBytes undefined when it is not known
   * @throws S3Error InsufficientStorage when it would not leave the reserve free
   */
  async during<T>(bodyBytes: number | undefined, write: () => Promise<T>): Promise<T> {
    const bytes = takenBy(bodyBytes)
    const isFresh = this.#clock.monotonic() - this.#checkedMs < maxAgeMs
    // Nothing is waited for while the last figure is fresh and generous.
    if (!isFresh || bytes > this.#leftBytes() / 2) {
      await this.#check()
      if (bytes > this.#leftBytes()) {
        this.#refused()
        throw wantOfSpace(this.#drive.name)
      }
    }
    this.#heldBytes += bytes
    this.#unseenBytes += bytes
    try {
      return await write()
    } finally {
      this.#heldBytes -= bytes
    }
  }

  #leftBytes(): number {
    return this.#freeBytes - this.#unseenBytes * this.#writers
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
    this.#unseenBytes = this.#heldBytes
    this.#checkedMs = this.#clock.monotonic()
  }
}

function takenBy(bodyBytes = unknownBytes): number {
  return rowsBytes + (bodyBytes <= inlineBytesMax ? bodyBytes * inlineFactor : bodyBytes)
}

export function wantOfSpace(drive: string, cause?: unknown): S3Error {
  return new S3Error('InsufficientStorage', {
    message: `There is not enough free space on ${drive}. Delete objects, or make room on the drive.`,
    cause,
  })
}
