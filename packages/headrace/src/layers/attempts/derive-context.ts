import type { RequestContext } from '../../core/context.ts'
import type { Clock } from '../../core/runtime.ts'
import { addStep } from '../../core/trail.ts'

/** What differs from attempt to attempt of one request. */
export type AttemptContext = Partial<Pick<RequestContext, 'signal' | 'avoid' | 'attempt'>>

/** The context of one attempt. What is not named stays as it is; the notes are those of the request. */
export function deriveContext(ctx: RequestContext, changes: AttemptContext): RequestContext {
  return {
    requestId: ctx.requestId,
    principal: ctx.principal,
    signal: changes.signal ?? ctx.signal,
    notes: ctx.notes,
    startedMs: ctx.startedMs,
    avoid: changes.avoid ?? ctx.avoid,
    attempt: changes.attempt ?? ctx.attempt,
  }
}

/** The same set of upstreams with one more. */
export function avoiding(avoid: ReadonlySet<string> | undefined, upstream: string | undefined) {
  if (upstream === undefined || avoid?.has(upstream)) return avoid
  return new Set(avoid).add(upstream)
}

/** Writes into the trail of a request what a layer did, when somebody wants to know. */
export function noteStep(ctx: RequestContext, clock: Clock, by: string, what: string): void {
  if (ctx.notes.trail === undefined) return
  addStep(ctx.notes, { atMs: clock.monotonic() - (ctx.startedMs ?? 0), by, what })
}
