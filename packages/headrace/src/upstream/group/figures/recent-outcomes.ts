import type { Verdict } from './outcome.ts'

const slotsCount = 10

/** Exchanges that said something of their upstream. */
export interface OutcomeCounts {
  total: number
  failed: number
  throttled: number
}

/** Counts the outcomes of a window that moves on by tenths of itself. */
export class RecentOutcomes {
  readonly #slotMs: number
  readonly #slots: OutcomeCounts[] = Array.from({ length: slotsCount }, none)
  /** Slots since the beginning of the clock: the one that is counted in. */
  #slot = 0

  constructor(windowMs: number) {
    this.#slotMs = windowMs / slotsCount
  }

  record(verdict: Verdict, nowMs: number): void {
    if (verdict === 'none') return
    this.#moveOn(nowMs)
    const counts = this.#slots[this.#slot % slotsCount] as OutcomeCounts
    counts.total += 1
    if (verdict !== 'good') counts[verdict] += 1
  }

  counts(nowMs: number): OutcomeCounts {
    this.#moveOn(nowMs)
    const sum = none()
    for (const { total, failed, throttled } of this.#slots) {
      sum.total += total
      sum.failed += failed
      sum.throttled += throttled
    }
    return sum
  }

  reset(): void {
    for (let place = 0; place < slotsCount; place += 1) this.#slots[place] = none()
  }

  #moveOn(nowMs: number): void {
    const slot = Math.floor(nowMs / this.#slotMs)
    for (let skipped = Math.max(this.#slot + 1, slot - slotsCount + 1); skipped <= slot; skipped += 1) {
      this.#slots[skipped % slotsCount] = none()
    }
    this.#slot = slot
  }
}

function none(): OutcomeCounts {
  return { total: 0, failed: 0, throttled: 0 }
}
