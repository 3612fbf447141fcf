/** Whether an upstream is up, as active checks say. Before the first one nobody knows, and it is used. */
export class CheckState {
  readonly #failsToGoDown: number
  readonly #passesToComeUp: number
  #state: 'unknown' | 'up' | 'down' = 'unknown'
  /** Checks in a row that say otherwise. */
  #against = 0
  #lastPassMs = Number.NEGATIVE_INFINITY

  constructor({ failsToGoDown, passesToComeUp }: { failsToGoDown: number; passesToComeUp: number }) {
    this.#failsToGoDown = failsToGoDown
    this.#passesToComeUp = passesToComeUp
  }

  get isDown(): boolean {
    return this.#state === 'down'
  }

  /** Of the monotonic clock, when the last check that passed was sent. */
  get lastPassMs(): number {
    return this.#lastPassMs
  }

  passed(sentMs: number): void {
    this.#lastPassMs = sentMs
    if (this.#state === 'down') this.#disagree('up', this.#passesToComeUp)
    else this.#settle('up')
  }

  failed(): void {
    if (this.#state === 'down') this.#against = 0
    // The first check of all is all there is to go by.
    else this.#disagree('down', this.#state === 'unknown' ? 1 : this.#failsToGoDown)
  }

  #disagree(state: 'up' | 'down', needed: number): void {
    this.#against += 1
    if (this.#against >= needed) this.#settle(state)
  }

  #settle(state: 'up' | 'down'): void {
    this.#state = state
    this.#against = 0
  }
}
