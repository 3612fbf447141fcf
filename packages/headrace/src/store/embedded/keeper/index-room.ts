import type { Clock } from '../../../core/runtime.ts'
import type { Drive } from '../drive/drive.ts'

/** Free space is looked up so often, and before every batch when there is less than this. */
const measureMs = 1_000
const scarceBytes = 256 * 1024 * 1024
/** What the index may grow by while a batch is applied to it: some pages, and the batch's bytes in pages of their own. */
const indexRoomBytes = 4 * 1024 * 1024
const indexFactor = 4

/** Whether the index can grow. What is in the journal must fit into it as well: it would be too late to refuse it then. */
export class IndexRoom {
  readonly #drive: Pick<Drive, 'space'>
  readonly #clock: Clock
  #freeBytes = 0
  #measuredMs = Number.NEGATIVE_INFINITY

  constructor(drive: Pick<Drive, 'space'>, clock: Clock) {
    this.#drive = drive
    this.#clock = clock
  }

  /** @param recordBytes size of a batch in the journal */
  async isEnoughFor(recordBytes: number): Promise<boolean> {
    const nowMs = this.#clock.monotonic()
    if (this.#freeBytes < scarceBytes || nowMs - this.#measuredMs > measureMs) {
      this.#freeBytes = (await this.#drive.space()).freeBytes
      this.#measuredMs = nowMs
    }
    return this.#freeBytes > indexRoomBytes + recordBytes * indexFactor
  }
}
