import { type OperationName, traitsOf } from '@headrace/s3'
import { type AttemptError, type AttemptFault, type AttemptRecord, attemptErrorOf } from '../core/attempt.ts'
import { around } from '../core/layer.ts'
import { serverLimits } from '../core/limits.ts'
import type { Runtime } from '../core/runtime.ts'
import type { Layer } from '../core/store.ts'
import { type BackoffOptions, backoffMs } from './attempts/backoff.ts'
import { Budget, type BudgetOptions } from './attempts/budget.ts'
import { avoiding, deriveContext, noteStep } from './attempts/derive-context.ts'
import type { AttemptFigures } from './attempts/figures.ts'
import { isRepeatable } from './attempts/repeatable.ts'

/**
 * `break`: an attempt that took its time and gave nothing, or a connection that is gone. `refusal`: an answer that cost
 * the upstream next to nothing.
 */
type FailureKind = 'break' | 'refusal'

const kindOf = {
  connect: 'break',
  reset: 'break',
  timeout: 'break',
  truncated: 'break',
  stalled: 'break',
  saturated: 'refusal',
  throttled: 'refusal',
  unavailable: 'refusal',
} as const satisfies Record<AttemptFault, FailureKind>

/** How often, and how soon, one kind of failure is tried again. */
export interface RepeatOptions extends BackoffOptions {
  readonly budget: BudgetOptions
  /** Attempts of one call that may end so. */
  readonly attemptsMax: number
}

export interface RetryOptions extends Readonly<Record<FailureKind, RepeatOptions>> {
  /** No attempt begins later than this after the call, but for those that read a body. */
  readonly operationTimeoutMs: number
  /** Who is told to stay away for longer passes that on to the client. */
  readonly retryAfterMsMax: number
}

export const retryDefaults: RetryOptions = {
  // A store that times out is not to get more than a tenth more to do. A hundred can be saved up: that is what a node
  // that dies under a few hundred clients takes with it. Another upstream is asked almost at once.
  break: {
    budget: { share: 0.1, reserve: 20, savedMax: 100 },
    attemptsMax: 4,
    backoffMsBase: 10,
    backoffMsMax: 1_000,
  },
  // 30 % of refusals need 0.43 further attempts a request, and 16 in a row happen once in 200 million requests. With 50
  // at the start, luck does not use the budget up before it is earned.
  refusal: {
    budget: { share: 0.5, reserve: 50, savedMax: 100 },
    attemptsMax: 16,
    backoffMsBase: 20,
    backoffMsMax: 1_000,
  },
  // Nobody waits for the answer any more.
  operationTimeoutMs: serverLimits.operationTimeoutMs,
  // A client that is told can slow down, or go elsewhere; one that waits for us cannot.
  retryAfterMsMax: 10_000,
}

/**
 * Makes a call again when an attempt has failed for a reason that another attempt may not meet, on another upstream as
 * long as there is one. Only what is safe is repeated (`isRepeatable`), and only as far as two budgets pay for it: retries
 * must never become the load that keeps a store down. An object that was opened is not this layer's any more.
 * It stands outside of the hedge, so that a repetition begins a new pair, and inside of all that wants an answer.
 */
export function retry(
  { clock, random }: Pick<Runtime, 'clock' | 'random'>,
  figures: AttemptFigures,
  options: RetryOptions = retryDefaults,
): Layer {
  const budgets = { break: new Budget(options.break.budget), refusal: new Budget(options.refusal.budget) }
  const waitMsOf = (failure: AttemptError, kind: FailureKind, failures: number): number => {
    const waitMs = backoffMs(random, failures, options[kind])
    return failure.fault === 'throttled' ? waitMs + (failure.retryAfterMs ?? 0) : waitMs
  }
  return around(async (call, next) => {
    figures.calls += 1
    budgets.break.earn()
    budgets.refusal.earn()
    const attempt: AttemptRecord = call.ctx.attempt ?? {}
    const endMs = deadlineOf(call.operation, clock.monotonic() + options.operationTimeoutMs)
    const failures = { break: 0, refusal: 0 }
    let ctx = deriveContext(call.ctx, { attempt })
    for (;;) {
      try {
        return await next(ctx)
      } catch (error) {
        const failure = attemptErrorOf(error)
        if (failure === undefined || ctx.signal.aborted || !isRepeatable(call, failure, attempt)) throw error
        const kind = kindOf[failure.fault]
        failures[kind] += 1
        if (failures[kind] >= options[kind].attemptsMax) throw error
        if (failure.fault === 'throttled' && (failure.retryAfterMs ?? 0) > options.retryAfterMsMax) throw error
        const waitMs = waitMsOf(failure, kind, failures[kind])
        if (clock.monotonic() + waitMs > endMs) throw error
        if (!budgets[kind].spend()) {
          figures.retriesWithoutBudget += 1
          throw error
        }
        figures[kind === 'break' ? 'retriesAfterBreaks' : 'retriesAfterRefusals'] += 1
        noteStep(ctx, clock, 'retry', `${failure.message}: again in ${waitMs.toFixed(1)} ms`)
        ctx = deriveContext(ctx, { avoid: avoiding(ctx.avoid, failure.upstream) })
        // When the client goes away meanwhile, the failure is still what there is to tell.
        await clock.sleep(waitMs, ctx.signal).catch(() => Promise.reject(error))
      }
    }
  })
}

/** Operations that read a body take as long as the body takes. */
function deadlineOf(operation: OperationName, endMs: number): number {
  return traitsOf(operation).carries === 'body' ? Number.POSITIVE_INFINITY : endMs
}
