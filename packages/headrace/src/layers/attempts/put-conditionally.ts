import type { Operations } from '@headrace/s3'
import type { AttemptError, AttemptRecord } from '../../core/attempt.ts'
import type { RequestContext } from '../../core/context.ts'
import { avoiding, deriveContext, noteStep } from './derive-context.ts'
import { type ReadBackParts, Repetitions, unlessRefused } from './read-back-parts.ts'
import { settlePut } from './settle-put.ts'
import { outcomeUnknown, unknownOutcomeOf } from './unknown-outcome.ts'
import { newMark, withMark } from './write-mark.ts'

type Put = Operations['putObject']

/**
 * A PUT under a condition. When it is not answered, the object that is there is looked at. If that proves nothing and the
 * body can be had again, it is sent again under the same mark and the same condition, which the store holds against what
 * the first one did; a refusal then is looked into as well, for it may be the first one's object that is in the way.
 * @throws S3Error PreconditionFailed when it was refused, ServiceUnavailable when it is not known
 */
export async function putConditionally(parts: ReadBackParts, input: Put['input'], outer: RequestContext) {
  const { inner, clock, random, figures, options } = parts
  const { bucket, key, expectedBucketOwner, conditions, body } = input
  const attempt: AttemptRecord = outer.attempt ?? {}
  let ctx = deriveContext(outer, { attempt })
  const mark = options.marksConditionalWrites ? newMark(random) : undefined
  const sent = { conditions, mark, sentMs: clock.now(), clockSkewMsMax: options.clockSkewMsMax }
  const marked: Put['input'] = { ...input, metadata: withMark(input.metadata, mark) }
  const repetitions = new Repetitions(parts, ctx)
  let unanswered: AttemptError | undefined
  for (;;) {
    try {
      return await inner.putObject(marked, ctx)
    } catch (error) {
      const failure = unknownOutcomeOf(error)
      unanswered = failure ?? unanswered
      if (ctx.signal.aborted || unanswered === undefined) throw error
      figures.readBacks += 1
      noteStep(ctx, clock, 'read-back', `${String(error)}: was the object written?`)
      ctx = deriveContext(ctx, { avoid: avoiding(ctx.avoid, failure?.upstream) })
      const found = await unlessRefused(inner.headObject({ bucket, key, expectedBucketOwner }, ctx))
      const output = settlePut(sent, found?.info)
      if (output !== undefined) return output
      const hasBody = body.replayable || attempt.isBodyTouched !== true
      if (failure === undefined || !hasBody || !(await repetitions.next())) {
        figures.readBacksUndecided += 1
        throw outcomeUnknown(unanswered, 'look first')
      }
    }
  }
}
