import { type OperationName, traitsOf } from '@headrace/s3'
import { type AttemptError, type AttemptFault, type AttemptRecord, attemptErrorOf } from '../core/attempt.ts'
import { Budget, type BudgetOptions } from '../core/budget.ts'
import { around } from '../core/layer.ts'
import { serverLimits } from '../core/limits.ts'
import type { Runtime } from '../core/runtime.ts'
import type { Layer } from '../core/store.ts'
import { type BackoffOptions, backoffMs } from './attempts/backoff.ts'
import { avoiding, deriveContext, noteStep } from './attempts/derive-context.ts'
import type { AttemptFigures } from './attempts/figures.ts'
import { isRepeatable } from './attempts/repeatable.ts'

/**
 * - `break`: an attempt that was begun and gave nothing, whatever it has cost.
 * - `refusal`: one that cost the upstream next to nothing, be it that it said so or that nobody was there.
 * - `full`: no attempt at all, for there was nobody to ask.
 */
type FailureKind = 'break' | 'refusal' | 'full'

const kindOf = {
  connect: 'refusal',
  reset: 'break',
  timeout: 'break',
  truncated: 'break',
  stalled: 'break',
  saturated: 'full',
  throttled: 'refusal',
  unavailable: 'refusal',
} as const satisfies Record<AttemptFault, FailureKind>

const figureOf = {
  break: 'retriesAfterBreaks',
  refusal: 'retriesAfterRefusals',
  full: 'waitsForUpstreams',
} as const satisfies Record<FailureKind, keyof AttemptFigures>

const kinds = Object.keys(figureOf) as FailureKind[]

/** How often, and how soon, one kind of failure is tried again. */
export interface RepeatOptions extends BackoffOptions {
  /** Undefined: whatever is done costs nobody anything. */
  readonly budget?: BudgetOptions
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
  // A store that times out is not to get more than a tenth more to do. Fifty at the start, and a hundred saved up: that is
  // what a node of three that dies under a few hundred clients takes with it. Another upstream is asked almost at once.
  break: {
    budget: { share: 0.1, reserve: 50, savedMax: 100 },
    attemptsMax: 4,
    backoffMsBase: 10,
    backoffMsMax: 1_000,
  },
  // 30 % of refusals need 0.43 further attempts a request, and 16 in a row happen once in 200 million requests. With fifty
  // at the start, bad luck does not use the budget up before it is earned.
  refusal: {
    budget: { share: 0.5, reserve: 50, savedMax: 100 },
    attemptsMax: 16,
    backoffMsBase: 20,
    backoffMsMax: 1_000,
  },
  // Waiting asks nothing of anybody. A group whose upstreams are all away or full has five seconds to come back.
  full: { attemptsMax: 16, backoffMsBase: 20, backoffMsMax: 1_000 },
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
  const budgetOf = ({ budget }: RepeatOptions) => budget && new Budget(budget)
  const budgets: Record<FailureKind, Budget | undefined> = {
    break: budgetOf(options.break),
    refusal: budgetOf(options.refusal),
    full: budgetOf(options.full),
  }
  const waitMsOf = (failure: AttemptError, kind: FailureKind, failures: number): number => {
    const waitMs = backoffMs(random, failures, options[kind])
    return failure.fault === 'throttled' ? waitMs + (failure.retryAfterMs ?? 0) : waitMs
  }
  return around(async (call, next) => {
    figures.calls += 1
    for (const kind of kinds) budgets[kind]?.earn()
    const attempt: AttemptRecord = call.ctx.attempt ?? {}
    const endMs = deadlineOf(call.operation, clock.monotonic() + options.operationTimeoutMs)
    const failures: Record<FailureKind, number> = { break: 0, refusal: 0, full: 0 }
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
        if (budgets[kind]?.spend() === false) {
          figures.retriesWithoutBudget += 1
          throw error
        }
        figures[figureOf[kind]] += 1
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
