import type { Operations } from '@headrace/s3'
import type { AttemptError } from '../../core/attempt.ts'
import type { RequestContext } from '../../core/context.ts'
import { avoiding, deriveContext, noteStep } from './derive-context.ts'
import { etagOfParts, findCompleted, findCompletion, isNoSuchUpload } from './find-completion.ts'
import { type ReadBackParts, Repetitions } from './read-back-parts.ts'
import { outcomeUnknown, unknownOutcomeOf } from './unknown-outcome.ts'

type Complete = Operations['completeMultipartUpload']

/**
 * CompleteMultipartUpload. When it is not answered, upload and object are looked at, and it is sent again as long as the
 * upload is there. Whatever a repetition says is held against them too: it may be about what the first one did.
 *
 * That an upload is gone which this call never asked about before is what a client learns that sends its completion
 * again by itself. S3 answers that as it did the first time, others do not; so it is looked into as well. Under a
 * condition it stays what it is, for then somebody else's object must not be taken for this one.
 *
 * @throws S3Error ServiceUnavailable when it is not known, or not done after some repetitions
 */
export async function completeUpload(parts: ReadBackParts, input: Complete['input'], outer: RequestContext) {
  const { inner, clock, figures } = parts
  const repetitions = new Repetitions(parts, outer)
  let ctx = outer
  let unanswered: AttemptError | undefined
  for (;;) {
    try {
      return named(await inner.completeMultipartUpload(input, ctx), input)
    } catch (error) {
      const failure = unknownOutcomeOf(error)
      const isGone = isNoSuchUpload(error)
      unanswered = failure ?? unanswered
      const isRepeatedByClient = isGone && input.conditions === undefined
      if (ctx.signal.aborted || (unanswered === undefined && !isRepeatedByClient)) throw error
      figures.readBacks += 1
      noteStep(ctx, clock, 'read-back', `${String(error)}: was the upload completed?`)
      ctx = deriveContext(ctx, { avoid: avoiding(ctx.avoid, failure?.upstream) })
      const found = await (isGone ? findCompleted : findCompletion)(inner, input, ctx)
      if (found.state === 'done') return found.output
      // The upload is there, so this refusal is not about what was done; or it is what the client has to know.
      if (unanswered === undefined || (failure === undefined && found.state === 'pending')) throw error
      if (found.state === 'unknown' || !(await repetitions.next())) {
        figures.readBacksUndecided += 1
        throw outcomeUnknown(unanswered, 'send again')
      }
    }
  }
}

/** Ceph answers the completion of an upload that it finds completed with an empty ETag, having compared it with the object's. */
function named(output: Complete['output'], { parts }: Complete['input']): Complete['output'] {
  return output.etag === '' ? { ...output, etag: etagOfParts(parts) ?? '' } : output
}
