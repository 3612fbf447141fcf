import { atMost } from '../../../core/at-most.ts'
import type { Clock } from '../../../core/runtime.ts'
import type { Drive } from '../drive/drive.ts'

/** How old a figure of free space may be. */
const maxAgeMs = 1_000
/** A drive that does not tell for so long is not asked: whether it has room, those who write will see. */
const answerMs = 1_000

export interface SpaceReserve {
  /** Space that writes leave free, so that deletes and compaction, which need some first, can go on. */
  readonly reserveBytes: number
  /** The same as share of the drive; the greater of the two counts. */
  readonly reserveShare: number
}

export const defaultReserve: SpaceReserve = { reserveBytes: 1024 ** 3, reserveShare: 0.01 }

export interface SpaceGuardOptions {
  readonly clock: Clock
  readonly reserve?: SpaceReserve | undefined
  /** Processes that write to the drive, each with a guard of its own: all may do at once what this one does. */
  readonly writers?: number | undefined
}

/**
 * Knows how much room a drive has for writes. What is held counts as taken from then on, since the drive shows it only
 * once it is written.
 */
export class SpaceGuard {
  readonly drive: Drive
  readonly #clock: Clock
  readonly #reserve: SpaceReserve
  readonly #writers: number
  #measuredMs = Number.NEGATIVE_INFINITY
  #measuring: { readonly sinceMs: number; readonly work: Promise<void> } | undefined
  /** Above the reserve, when it was measured; no limit when the drive did not tell. */
  #freeBytes = Number.POSITIVE_INFINITY
  /** Of writes that are under way. */
  #heldBytes = 0
  /** What the drive did not show when it was measured: held then, or since. */
  #unseenBytes = 0

  constructor(drive: Drive, { clock, reserve = defaultReserve, writers = 1 }: SpaceGuardOptions) {
    this.drive = drive
    this.#clock = clock
    this.#reserve = reserve
    this.#writers = writers
  }

  /** To be waited for before `hasRoom`; undefined while the last figure is fresh and generous. */
  look(bytes: number): Promise<void> | undefined {
    const nowMs = this.#clock.monotonic()
    const isFresh = nowMs - this.#measuredMs < maxAgeMs
    if (isFresh && bytes <= this.#leftBytes() / 2) return undefined
    this.#measuring ??= { sinceMs: nowMs, work: this.#measure() }
    const isStuck = nowMs - this.#measuring.sinceMs >= answerMs
    return isStuck ? undefined : atMost(this.#clock, answerMs, this.#measuring.work)
  }

  hasRoom(bytes: number): boolean {
    return bytes <= this.#leftBytes()
  }

  /** A write begins that takes so much. */
  hold(bytes: number): void {
    this.#heldBytes += bytes
    this.#unseenBytes += bytes
  }

  /** It is over. */
  release(bytes: number): void {
    this.#heldBytes -= bytes
  }

  #leftBytes(): number {
    return this.#freeBytes - this.#unseenBytes * this.#writers
  }

  async #measure(): Promise<void> {
    try {
      const { freeBytes, totalBytes } = await this.drive.space()
      this.#freeBytes = freeBytes - Math.max(this.#reserve.reserveBytes, totalBytes * this.#reserve.reserveShare)
    } catch {
      this.#freeBytes = Number.POSITIVE_INFINITY
    }
    this.#unseenBytes = this.#heldBytes
    this.#measuredMs = this.#clock.monotonic()
    this.#measuring = undefined
  }
}
