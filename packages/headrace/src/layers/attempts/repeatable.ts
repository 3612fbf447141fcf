import { type Body, type Operations, traitsOf } from '@headrace/s3'
import type { AttemptError, AttemptRecord } from '../../core/attempt.ts'
import type { Call } from '../../core/layer.ts'

/**
 * Whether a call may simply be made again after an attempt has failed:
 * - Never when bytes of its body were taken from the client and cannot be had again.
 * - Always when nothing was sent, or when the upstream asks for less: `SlowDown` says that the request was not done.
 * - Otherwise it may have been done, and is repeated only if doing it twice is as good as once.
 */
export function isRepeatable(call: Call, failure: AttemptError, attempt: AttemptRecord): boolean {
  if (attempt.isBodyTouched === true && !hasReplayableBody(call)) return false
  return !mayBeDone(failure) || isHarmlessTwice(call)
}

/** Whether what was asked for may have happened, or may be happening, although there is no answer. */
export function mayBeDone({ wasSent, fault }: AttemptError): boolean {
  return wasSent && fault !== 'throttled'
}

function hasReplayableBody({ operation, input }: Call): boolean {
  return traitsOf(operation).carries !== 'body' || (input as { body: Body }).body.replayable
}

/**
 * What was done may differ from what its repetition says: a condition that the first attempt met does not hold for the
 * second one any more, and an upload that is complete is not there any more.
 */
function isHarmlessTwice(call: Call): boolean {
  const { effect, idempotent } = traitsOf(call.operation)
  if (effect === 'read') return true
  return idempotent && call.operation !== 'completeMultipartUpload' && !isConditional(call)
}

/** Whether a write depends on what is there before. */
export function isConditional({ input }: Pick<Call, 'input'>): boolean {
  const { conditions, ifMatch, objects = [] } = input as Partial<ConditionalInputs>
  return conditions !== undefined || ifMatch !== undefined || objects.some(({ etag }) => etag !== undefined)
}

type ConditionalInputs = Operations['putObject']['input'] &
  Operations['deleteObject']['input'] &
  Operations['deleteObjects']['input']
