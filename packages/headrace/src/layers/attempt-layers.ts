import type { Runtime } from '../core/runtime.ts'
import type { Layer } from '../core/store.ts'
import type { AttemptFigures } from './attempts/figures.ts'
import type { ReadBackOptions } from './attempts/read-back-parts.ts'
import { type HedgeOptions, hedge, hedgeDefaults } from './hedge.ts'
import { readBack, readBackDefaults } from './read-back.ts'
import { type ResumeOptions, resume, resumeDefaults } from './resume.ts'
import { type RetryOptions, retry, retryDefaults } from './retry.ts'

/** All that can be set of how attempts are made. */
export interface AttemptOptions {
  readonly resume: ResumeOptions
  readonly readBack: ReadBackOptions
  readonly retry: RetryOptions
  readonly hedge: HedgeOptions
}

export const attemptDefaults: AttemptOptions = {
  resume: resumeDefaults,
  readBack: readBackDefaults,
  retry: retryDefaults,
  hedge: hedgeDefaults,
}

/** What stands around one store that is reached over upstreams, outermost first. Budgets are those of this store. */
export function attemptLayers(
  runtime: Pick<Runtime, 'clock' | 'random'>,
  figures: AttemptFigures,
  options: AttemptOptions = attemptDefaults,
): Layer[] {
  return [
    // Its continuations are new requests, which may fail and be late as any other.
    resume(runtime, figures, options.resume),
    // What it asks after a lost answer is itself retried and hedged.
    readBack(runtime, figures, options.readBack),
    // A repetition begins a new pair of attempts.
    retry(runtime, figures, options.retry),
    // Innermost: each attempt is one way to one upstream.
    hedge(runtime, figures, options.hedge),
  ]
}
