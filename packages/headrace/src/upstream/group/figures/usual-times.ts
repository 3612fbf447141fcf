import { type ExchangeClass, exchangeClasses } from './exchange-class.ts'
import { quantile } from './quantile.ts'

/** What a first byte usually takes in a group, by kind of request: what slowness is a multiple of. */
export class UsualTimes {
  readonly #unknownMs: number
  readonly #minMs: number
  readonly #usualMs = new Map<ExchangeClass, number>()

  constructor({ usualFirstByteMs, usualFirstByteMsMin }: { usualFirstByteMs: number; usualFirstByteMsMin: number }) {
    this.#unknownMs = usualFirstByteMs
    this.#minMs = usualFirstByteMsMin
  }

  /** Milliseconds. @param kind undefined: of a request that is like no other */
  of(kind: ExchangeClass | undefined): number {
    return (kind && this.#usualMs.get(kind)) ?? this.#unknownMs
  }

  /** @param medians of each upstream: the one that has most requests counts no more than others */
  update(medians: readonly ReadonlyMap<ExchangeClass, number>[]): void {
    for (const kind of exchangeClasses) {
      const known = medians.map((times) => times.get(kind)).filter((ms) => ms !== undefined)
      // Of two, it is the faster one that shows what is possible.
      const ms = quantile(
        known.sort((a, b) => a - b),
        0.5,
      )
      if (ms !== undefined) this.#usualMs.set(kind, Math.max(this.#minMs, ms))
    }
  }
}
