import type { Operations } from '@headrace/s3'
import type { RequestContext } from '../../core/context.ts'
import { avoiding, deriveContext, noteStep } from './derive-context.ts'
import { type ReadBackParts, unlessRefused } from './read-back-parts.ts'
import { settlePut } from './settle-put.ts'
import { outcomeUnknown, unknownOutcomeOf } from './unknown-outcome.ts'
import { newMark, withMark } from './write-mark.ts'

type Put = Operations['putObject']

/**
 * A PUT under a condition. When it is not answered, the object that is there is looked at.
 * @throws S3Error PreconditionFailed when it was refused, ServiceUnavailable when it is not known
 */
export async function putConditionally(
  { inner, clock, random, figures, options }: ReadBackParts,
  input: Put['input'],
  ctx: RequestContext,
): Promise<Put['output']> {
  const { bucket, key, expectedBucketOwner, conditions } = input
  const sentMs = clock.now()
  const mark = options.marksConditionalWrites ? newMark(random) : undefined
  const marked = mark === undefined ? undefined : withMark(input.metadata, mark)
  try {
    return await inner.putObject(marked === undefined ? input : { ...input, metadata: marked }, ctx)
  } catch (error) {
    const failure = unknownOutcomeOf(error)
    if (failure === undefined || ctx.signal.aborted) throw error
    figures.readBacks += 1
    noteStep(ctx, clock, 'read-back', `${failure.message}: was the object written?`)
    const elsewhere = deriveContext(ctx, { avoid: avoiding(ctx.avoid, failure.upstream) })
    const found = await unlessRefused(inner.headObject({ bucket, key, expectedBucketOwner }, elsewhere))
    const output = settlePut({ conditions, mark, sentMs, clockSkewMsMax: options.clockSkewMsMax }, found?.info)
    if (output !== undefined) return output
    figures.readBacksUndecided += 1
    throw outcomeUnknown(failure, 'look first')
  }
}
