import { Budget, type BudgetOptions } from '../core/budget.ts'
import { around } from '../core/layer.ts'
import type { Runtime } from '../core/runtime.ts'
import type { Layer } from '../core/store.ts'
import type { AttemptFigures } from './attempts/figures.ts'
import { HedgedCall, type HedgePolicy } from './attempts/hedged-call.ts'
import { LatencyBook } from './attempts/latency-book.ts'
import { latencyClass } from './attempts/latency-class.ts'

export interface HedgeOptions {
  readonly budget: BudgetOptions
  /** An attempt that is late has no answer after the usual p95 of its class, but not before this. */
  readonly delayMsMin: number
  /** The delay as long as the usual p95 is not known. */
  readonly delayMsUnknown: number
  /** An attempt is very late after so many times the delay. */
  readonly veryLateFactor: number
  /** The group as a whole is slow when its p95 of the last seconds is so many times the usual one. */
  readonly slowGroupFactor: number
}

export const hedgeDefaults: HedgeOptions = {
  // 5 % of reads, and 64 saved up: about what is under way at one upstream of three that hangs under 200 clients.
  budget: { share: 0.05, reserve: 10, savedMax: 64 },
  // Timers count in milliseconds, and a busy process is late by some of them itself.
  delayMsMin: 5,
  // Far longer than a first byte takes, far shorter than a timeout.
  delayMsUnknown: 1_000,
  veryLateFactor: 3,
  slowGroupFactor: 3,
}

/**
 * Sends a second attempt at a read to another upstream when the first byte is later than that of 19 in 20 such reads, and
 * takes whichever answers first. Writes are never hedged.
 *
 * By that rule one read in twenty is late when all is well, which is all that the budget earns. So half of what can be
 * saved up is kept for reads that are very late: they are what a hedge is for. And while the whole group is slow nothing
 * is hedged, for then it is load that makes it slow.
 *
 * It stands inside of retry and outside of all that makes an attempt.
 */
export function hedge(
  { clock }: Pick<Runtime, 'clock'>,
  figures: AttemptFigures,
  options: HedgeOptions = hedgeDefaults,
): Layer {
  const budget = new Budget(options.budget)
  const book = new LatencyBook(clock)

  const isGroupSlow = (readClass: string): boolean => {
    const recentMs = book.recentP95Ms(readClass)
    const usualMs = book.usualP95Ms(readClass)
    return recentMs !== undefined && usualMs !== undefined && recentMs > options.slowGroupFactor * usualMs
  }

  const policyFor = (readClass: string): HedgePolicy => ({
    clock,
    delayMs(lateness) {
      if (lateness > 1) return undefined
      const delayMs = Math.max(options.delayMsMin, book.usualP95Ms(readClass) ?? options.delayMsUnknown)
      return lateness === 0 ? delayMs : delayMs * (options.veryLateFactor - 1)
    },
    allows(lateness, upstream) {
      if (!book.knowsOther(upstream)) return false
      const isVeryLate = lateness > 0
      if (isGroupSlow(readClass)) {
        if (isVeryLate) figures.hedgesHeldBack += 1
        return false
      }
      if (!budget.spend(isVeryLate ? 0 : options.budget.savedMax / 2)) {
        if (isVeryLate) figures.hedgesWithoutBudget += 1
        return false
      }
      figures.hedges += 1
      return true
    },
    observe: (upstream, ms) => book.record(upstream, readClass, ms),
    won() {
      figures.hedgesWon += 1
    },
  })

  const policies = new Map<string, HedgePolicy>()
  return around((call, next) => {
    const readClass = latencyClass(call)
    if (readClass === undefined) return next(call.ctx)
    budget.earn()
    let policy = policies.get(readClass)
    if (policy === undefined) {
      policy = policyFor(readClass)
      policies.set(readClass, policy)
    }
    return new HedgedCall(call, next, policy).run()
  })
}
