import { S3Error } from '@headrace/s3'
import { type AttemptError, attemptErrorOf } from '../../core/attempt.ts'
import { mayBeDone } from './repeatable.ts'

/** The failure behind an error after which a write may have been done, or may be going on; undefined when it is known. */
export function unknownOutcomeOf(error: unknown): AttemptError | undefined {
  const failure = attemptErrorOf(error)
  return failure !== undefined && mayBeDone(failure) ? failure : undefined
}

/** Whether sending the same write again, and being answered, makes the outcome of the first one immaterial. */
export type Remedy = 'send again' | 'look first'

const remedies = {
  'send again': 'Send the request again.',
  'look first': 'Look at the object before you write it again: a condition that held then may not hold any more.',
} as const satisfies Record<Remedy, string>

/** What the client is told when nobody knows whether its write was done. SDKs send a 503 again by themselves. */
export function outcomeUnknown(failure: AttemptError, remedy: Remedy): S3Error {
  const message = `It is not known whether this was done: the upstream did not answer. ${remedies[remedy]}`
  return new S3Error('ServiceUnavailable', { message, origin: 'upstream', cause: failure })
}
