import { Budget, type BudgetOptions } from '../core/budget.ts'
import { override } from '../core/layer.ts'
import type { Runtime } from '../core/runtime.ts'
import type { Layer } from '../core/store.ts'
import { type BackoffOptions, backoffMs } from './attempts/backoff.ts'
import { isResumable, selectionOf } from './attempts/continuation.ts'
import { deriveContext, noteStep } from './attempts/derive-context.ts'
import type { AttemptFigures } from './attempts/figures.ts'
import { type ResumePolicy, ResumingReader } from './attempts/resuming-reader.ts'

export interface ResumeOptions extends BackoffOptions {
  readonly budget: BudgetOptions
  /** Continuations in a row that bring next to nothing. */
  readonly fruitlessMax: number
  /** Bytes that make a continuation worth its request, and let the count of fruitless ones begin anew. */
  readonly progressBytesMin: number
}

export const resumeDefaults: ResumeOptions = {
  // A continuation costs a request, but no byte twice. 512 saved up: the bodies that one node of three takes with it when
  // 1,500 clients read.
  budget: { share: 0.5, reserve: 64, savedMax: 512 },
  // Three upstreams that break at once are a store that is down.
  fruitlessMax: 3,
  // What a connection carries before its window has opened: with less, the way there costs more than what it brings.
  progressBytesMin: 256 * 1024,
  backoffMsBase: 50,
  backoffMsMax: 1_000,
}

/**
 * Goes on with a GET whose body breaks in the middle, from wherever the rest can be had; the client sees one unbroken
 * body. When the object has changed meanwhile, or cannot be had, reading fails, and with it the connection to the client:
 * a body is of one object, or it does not end.
 * It stands outside of retry, for its continuations are new requests that may fail and be late as any other. Whether an
 * upstream is too slow or its client is, only the transport knows: this layer goes by what it throws.
 */
export function resume(
  { clock, random }: Pick<Runtime, 'clock' | 'random'>,
  figures: AttemptFigures,
  options: ResumeOptions = resumeDefaults,
): Layer {
  const budget = new Budget(options.budget)
  return override((inner) => ({
    async getObject(input, ctx) {
      budget.earn()
      const reader = await inner.getObject(input, ctx)
      const whole = selectionOf(reader)
      if (whole === undefined || !isResumable(reader)) return reader
      const policy: ResumePolicy = {
        progressBytesMin: options.progressBytesMin,
        async reopen(failure, fruitless, rest, avoid) {
          if (fruitless > options.fruitlessMax || !budget.spend()) throw failure
          if (fruitless > 1) await clock.sleep(backoffMs(random, fruitless - 1, options), ctx.signal)
          figures.resumes += 1
          ctx.notes.resumed = (ctx.notes.resumed ?? 0) + 1
          noteStep(ctx, clock, 'resume', `${failure.message}: on from byte ${rest.range?.first}`)
          return await inner.getObject(rest, deriveContext(ctx, { avoid }))
        },
        gaveUp() {
          figures.resumesFailed += 1
          noteStep(ctx, clock, 'resume', 'the body is given up')
        },
      }
      return new ResumingReader(reader, whole, input, ctx, policy)
    },
  }))
}
