import { atMost } from '../../core/at-most.ts'
import type { Clock } from '../../core/runtime.ts'
import type { Drive } from '../../store/embedded/drive/drive.ts'
import type { Drives } from '../../store/embedded/drive/drives.ts'

const maxAgeMs = 1_000
/** A drive that hangs is answered for by what it said last. */
const answerMs = 500

export interface DriveSpace {
  readonly freeBytes: number
  readonly totalBytes: number
}

/** Space of the drives that this process has open, asked for when somebody wants to know. */
export class DriveSpaces {
  readonly #drives: Pick<Drives, 'get'>
  readonly #clock: Clock
  readonly #known = new Map<number, KnownSpace>()

  constructor(drives: Pick<Drives, 'get'>, clock: Clock) {
    this.#drives = drives
    this.#clock = clock
  }

  /** What a drive said last; undefined when it never did. It is not asked. */
  last(device: number): DriveSpace | undefined {
    return this.#known.get(device)?.space
  }

  /** Undefined as long as the drive has never told, or is not open. */
  async of(device: number): Promise<DriveSpace | undefined> {
    const drive = this.#drives.get(device)?.drive
    if (drive === undefined) return undefined
    let known = this.#known.get(device)
    if (known?.drive !== drive) {
      known = new KnownSpace(drive)
      this.#known.set(device, known)
    }
    await atMost(this.#clock, answerMs, known.refresh(this.#clock.monotonic()))
    return known.space
  }
}

/** One question at a time: a drive that hangs does not get another. */
class KnownSpace {
  readonly drive: Drive
  space: DriveSpace | undefined
  #askedMs = Number.NEGATIVE_INFINITY
  #question: Promise<void> | undefined

  constructor(drive: Drive) {
    this.drive = drive
  }

  async refresh(nowMs: number): Promise<void> {
    if (this.#question === undefined && nowMs - this.#askedMs < maxAgeMs) return
    if (this.#question === undefined) this.#askedMs = nowMs
    this.#question ??= this.#ask()
    await this.#question
  }

  async #ask(): Promise<void> {
    try {
      this.space = await this.drive.space()
    } catch {
      // It says nothing new; whether it is down, others judge.
    } finally {
      this.#question = undefined
    }
  }
}
