import { S3Error } from '@headrace/s3'
import { AttemptError } from '../../core/attempt.ts'
import type { RequestContext } from '../../core/context.ts'
import type { Runtime } from '../../core/runtime.ts'
import type { ObjectStore } from '../../core/store.ts'
import { type BackoffOptions, backoffMs } from './backoff.ts'
import type { AttemptFigures } from './figures.ts'

export interface ReadBackOptions extends BackoffOptions {
  /** Conditional PUTs carry a mark in their metadata. Without it, one that was not answered is never found to be done. */
  readonly marksConditionalWrites: boolean
  readonly clockSkewMsMax: number
  /** How often a write is sent again that was not answered. */
  readonly repetitionsMax: number
  /** None is sent later than this after the first. */
  readonly operationTimeoutMs: number
}

/** What reading back works with. */
export interface ReadBackParts extends Pick<Runtime, 'clock' | 'random'> {
  readonly inner: ObjectStore
  readonly figures: AttemptFigures
  readonly options: ReadBackOptions
}

/** Counts how often something is sent again, and spaces it out. */
export class Repetitions {
  readonly #parts: ReadBackParts
  readonly #signal: AbortSignal
  readonly #endMs: number
  #count = 0

  constructor(parts: ReadBackParts, { signal }: Pick<RequestContext, 'signal'>) {
    this.#parts = parts
    this.#signal = signal
    this.#endMs = parts.clock.monotonic() + parts.options.operationTimeoutMs
  }

  /** Waits until it may be sent again. @returns false when it may not any more */
  async next(): Promise<boolean> {
    const { clock, random, options } = this.#parts
    this.#count += 1
    const waitMs = backoffMs(random, this.#count, options)
    if (this.#count > options.repetitionsMax || clock.monotonic() + waitMs > this.#endMs) return false
    await clock.sleep(waitMs, this.#signal)
    return true
  }
}

/** What a store says when it is asked; undefined when it refuses, or cannot be asked. */
export async function unlessRefused<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (isRefusal(error)) return undefined
    throw error
  }
}

/** Anything else is a bug. */
export function isRefusal(error: unknown): boolean {
  return error instanceof S3Error || error instanceof AttemptError
}
