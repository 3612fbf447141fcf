import { createHash } from 'node:crypto'

/** A call was under way when the power went, or when its process was killed. */
export class PowerCutError extends Error {
  constructor() {
    super('the power was cut')
    this.name = 'PowerCutError'
  }
}

/** The power of a machine, which goes for all its drives at once, in the middle of a call of one of them. */
export class SimPower {
  /** Counts power cuts and kills: calls of a process that is gone never return. */
  life = 0
  readonly #trace = createHash('sha256')
  #calls = 0
  #cutAtCall = Number.POSITIVE_INFINITY

  get calls(): number {
    return this.#calls
  }

  get isCut(): boolean {
    return this.#calls >= this.#cutAtCall
  }

  /** Names everything that was done so far: two runs of one seed must have the same. */
  get trace(): string {
    return this.#trace.copy().digest('hex')
  }

  /** Cuts the power in the middle of a call to come. */
  cutAfter(calls: number): void {
    this.#cutAtCall = this.#calls + calls
  }

  call(what: string): void {
    this.#calls += 1
    this.#trace.update(`${what}\n`)
  }

  /** The power is back, or another process begins; after a power cut the drives are to be told as well. */
  restore(): void {
    this.life += 1
    this.#cutAtCall = Number.POSITIVE_INFINITY
  }
}
