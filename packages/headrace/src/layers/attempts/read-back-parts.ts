import { S3Error } from '@headrace/s3'
import { AttemptError } from '../../core/attempt.ts'
import type { Runtime } from '../../core/runtime.ts'
import type { ObjectStore } from '../../core/store.ts'
import type { BackoffOptions } from './backoff.ts'
import type { AttemptFigures } from './figures.ts'

export interface ReadBackOptions extends BackoffOptions {
  /** Conditional PUTs carry a mark in their metadata. Without it, one that was not answered is never found to be done. */
  readonly marksConditionalWrites: boolean
  readonly clockSkewMsMax: number
  /** How often a CompleteMultipartUpload is sent again that was found not to be done. */
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
