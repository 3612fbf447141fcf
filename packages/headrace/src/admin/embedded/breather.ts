import type { Clock } from '../../core/runtime.ts'

/** The event loop is held no longer than this, */
const workMs = 3
/** and others have their turn for so long. */
const restMs = 1

/** Keeps long computations from holding up everything else in the process. */
export class Breather {
  readonly #clock: Clock
  #sinceMs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#sinceMs = clock.monotonic()
  }

  /** Whether it is time for `rest`: waiting for it each time would cost more than most of the work. */
  get isDue(): boolean {
    return this.#clock.monotonic() - this.#sinceMs >= workMs
  }

  async rest(): Promise<void> {
    await this.#clock.sleep(restMs)
    this.#sinceMs = this.#clock.monotonic()
  }
}
