/** While others wait, a background call goes first once in so many: heal must not stand still on a busy drive. */
const backgroundTurn = 16

/**
 * Lets so many calls run at once; the others wait in order. Background calls wait while others do, and take at most half
 * of the places. How many wait is bounded by those who call: each request has few calls under way.
 */
export class CallGate {
  readonly #callsMax: number
  readonly #backgroundMax: number
  readonly #waiting: (() => void)[] = []
  readonly #waitingBackground: (() => void)[] = []
  #running = 0
  #runningBackground = 0
  #turn = 0

  constructor(callsMax: number) {
    this.#callsMax = callsMax
    this.#backgroundMax = Math.max(1, Math.floor(callsMax / 2))
  }

  get waiting(): number {
    return this.#waiting.length + this.#waitingBackground.length
  }

  /** @returns undefined when the call may run at once; else a promise of its turn. Either way `leave` follows it. */
  enter(isBackground: boolean): Promise<void> | undefined {
    const hasPlace = this.#running < this.#callsMax && this.#waiting.length === 0
    if (hasPlace && (!isBackground || this.#hasBackgroundPlace())) {
      this.#admit(isBackground)
      return undefined
    }
    return new Promise((resolve) => (isBackground ? this.#waitingBackground : this.#waiting).push(resolve))
  }

  leave(isBackground: boolean): void {
    this.#running -= 1
    if (isBackground) this.#runningBackground -= 1
    while (this.#running < this.#callsMax && this.#next());
  }

  /** Lets the next one in. @returns false when there is none that may */
  #next(): boolean {
    const hasBackground = this.#waitingBackground.length > 0 && this.#hasBackgroundPlace()
    const hasForeground = this.#waiting.length > 0
    if (hasBackground && hasForeground) this.#turn = (this.#turn + 1) % backgroundTurn
    const isBackground = hasBackground && (!hasForeground || this.#turn === 0)
    const next = isBackground ? this.#waitingBackground.shift() : this.#waiting.shift()
    if (next === undefined) return false
    // It has its place from now on, though it goes on a moment later.
    this.#admit(isBackground)
    next()
    return true
  }

  #admit(isBackground: boolean): void {
    this.#running += 1
    if (isBackground) this.#runningBackground += 1
  }

  #hasBackgroundPlace(): boolean {
    return this.#runningBackground < this.#backgroundMax
  }
}
