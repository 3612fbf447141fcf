import { type ObjectReader, type Operations, traitsOf } from '@headrace/s3'
import { around, type Call } from '../core/layer.ts'
import { serverLimits } from '../core/limits.ts'
import type { Runtime } from '../core/runtime.ts'
import type { Layer } from '../core/store.ts'
import { completeUpload } from './attempts/complete-upload.ts'
import type { AttemptFigures } from './attempts/figures.ts'
import { putConditionally } from './attempts/put-conditionally.ts'
import type { ReadBackOptions, ReadBackParts } from './attempts/read-back-parts.ts'
import { isConditional } from './attempts/repeatable.ts'
import { outcomeUnknown, unknownOutcomeOf } from './attempts/unknown-outcome.ts'
import { hideMark, hideMarkOfReader } from './attempts/write-mark.ts'

export const readBackDefaults: ReadBackOptions = {
  marksConditionalWrites: true,
  // The upstream has taken our signature, and would have refused it with clocks that differ by more than 15 minutes.
  clockSkewMsMax: 15 * 60_000,
  // The upload stays locked for a while when the gateway dies that was completing it.
  repetitionsMax: 4,
  backoffMsBase: 200,
  backoffMsMax: 5_000,
  operationTimeoutMs: serverLimits.operationTimeoutMs,
}

/**
 * Finds out what became of writes that were sent and not answered, where sending them again would not tell: PUTs under a
 * condition, and CompleteMultipartUpload. What is proved is answered as if the upstream had; for all else the client is
 * told that it is not known. `settlePut` and `findCompletion` say what proves what.
 * It stands outside of retry, which does not repeat these writes, and what it asks is retried as anything is.
 */
export function readBack(
  runtime: Pick<Runtime, 'clock' | 'random'>,
  figures: AttemptFigures,
  options: ReadBackOptions = readBackDefaults,
): Layer {
  return (inner) => {
    const parts: ReadBackParts = { inner, clock: runtime.clock, random: runtime.random, figures, options }
    return around(async (call, next) => {
      const { operation, input, ctx } = call
      if (operation === 'putObject' && isConditional(call)) {
        return await putConditionally(parts, input as Operations['putObject']['input'], ctx)
      }
      if (operation === 'completeMultipartUpload') {
        return await completeUpload(parts, input as Operations['completeMultipartUpload']['input'], ctx)
      }
      try {
        const output = await next(ctx)
        if (operation === 'getObject') return hideMarkOfReader(output as ObjectReader)
        if (operation === 'headObject') return hideMark(output as Operations['headObject']['output'])
        return output
      } catch (error) {
        throw explained(call, error)
      }
    })(inner)
  }
}

/** A write that may have been done says so. */
function explained(call: Call, error: unknown): unknown {
  const failure = traitsOf(call.operation).effect === 'write' ? unknownOutcomeOf(error) : undefined
  return failure === undefined ? error : outcomeUnknown(failure, isConditional(call) ? 'look first' : 'send again')
}
