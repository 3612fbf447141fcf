import { type TimedKind, timedKinds } from './exchange-class.ts'
import { quantile } from './quantile.ts'

/** What a first byte, or a MiB of a body, usually takes in a group: what slowness is a multiple of. */
export class UsualTimes {
  readonly #unknownMs: number
  readonly #minMs: number
  readonly #usualMs = new Map<TimedKind, number>()

  constructor({ usualFirstByteMs, usualFirstByteMsMin }: { usualFirstByteMs: number; usualFirstByteMsMin: number }) {
    this.#unknownMs = usualFirstByteMs
    this.#minMs = usualFirstByteMsMin
  }

  /** Milliseconds. @param kind undefined: of a request that is like no other */
  of(kind: TimedKind | undefined): number {
    return (kind && this.#usualMs.get(kind)) ?? this.#unknownMs
  }

  /** Undefined as long as too little is known. */
  known(kind: TimedKind): number | undefined {
    return this.#usualMs.get(kind)
  }

  /** @param medians of each upstream: the one that has most requests counts no more than others */
  update(medians: readonly ReadonlyMap<TimedKind, number>[]): void {
    for (const kind of timedKinds) {
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
