import type { ObjectReader, OperationName, Operations } from '@headrace/s3'
import { type AttemptRecord, attemptErrorOf } from '../../core/attempt.ts'
import type { Call, Next } from '../../core/layer.ts'
import type { Cancel, Clock } from '../../core/runtime.ts'
import { avoiding, deriveContext, noteStep } from './derive-context.ts'
import { LinkedAbort } from './linked-abort.ts'

type Output = Operations[OperationName]['output']

/** What a call has to know to be hedged. */
export interface HedgePolicy {
  readonly clock: Clock
  /** How long the first byte is waited for before `allows` is asked, the first time and again; undefined: no more. */
  delayMs(lateness: number): number | undefined
  /** @param upstream that the attempt went to which is late */
  allows(lateness: number, upstream: string): boolean
  /** An upstream gave its first byte, or was waited for so long in vain. */
  observe(upstream: string | undefined, ms: number): void
  won(): void
}

interface Attempt {
  readonly isSecond: boolean
  readonly startedMs: number
  readonly record: AttemptRecord
  readonly abort: LinkedAbort
}

/**
 * One call with up to two attempts. The first answer counts, be it a refusal such as NoSuchKey, and the other attempt is
 * called off at once. An attempt that fails without an answer ends the call only when the other one is not under way.
 */
export class HedgedCall {
  readonly #call: Call
  readonly #next: Next
  readonly #policy: HedgePolicy
  readonly #running = new Set<Attempt>()
  readonly #answer = Promise.withResolvers<Output>()
  #isOver = false
  #cancelTimer: Cancel = () => {}

  constructor(call: Call, next: Next, policy: HedgePolicy) {
    this.#call = call
    this.#next = next
    this.#policy = policy
  }

  run(): Promise<Output> {
    const first = this.#begin(this.#call.ctx.avoid, false)
    this.#wait(first, 0)
    return this.#answer.promise
  }

  #begin(avoid: ReadonlySet<string> | undefined, isSecond: boolean): Attempt {
    const abort = new LinkedAbort(this.#call.ctx.signal)
    const attempt: Attempt = { isSecond, startedMs: this.#policy.clock.monotonic(), record: {}, abort }
    this.#running.add(attempt)
    this.#next(deriveContext(this.#call.ctx, { signal: abort.signal, avoid, attempt: attempt.record })).then(
      (output) => this.#succeed(attempt, output),
      (error: unknown) => this.#fail(attempt, error),
    )
    return attempt
  }

  #wait(first: Attempt, lateness: number): void {
    const delayMs = this.#policy.delayMs(lateness)
    if (delayMs === undefined) return
    this.#cancelTimer = this.#policy.clock.after(delayMs, () => {
      const { upstream } = first.record
      if (upstream === undefined) return
      if (this.#policy.allows(lateness, upstream)) this.#hedge(upstream)
      else this.#wait(first, lateness + 1)
    })
  }

  #hedge(upstream: string): void {
    const { ctx } = this.#call
    ctx.notes.hedged = true
    noteStep(ctx, this.#policy.clock, 'hedge', `${upstream} is late: a second attempt elsewhere`)
    this.#begin(avoiding(ctx.avoid, upstream), true)
  }

  #succeed(attempt: Attempt, output: Output): void {
    if (this.#isOver) return this.#discard(attempt, output)
    this.#observe(attempt)
    this.#end(attempt, true)
    if (this.#call.operation === 'getObject') return this.#answer.resolve(unlinking(output as ObjectReader, attempt))
    attempt.abort.unlink()
    this.#answer.resolve(output)
  }

  #fail(attempt: Attempt, error: unknown): void {
    attempt.abort.unlink()
    this.#running.delete(attempt)
    if (this.#isOver) return
    const failure = attemptErrorOf(error)
    const isAnswer = failure === undefined && !attempt.abort.signal.aborted
    // How soon an upstream fails says nothing of how soon it answers.
    if (isAnswer || failure?.fault === 'timeout') this.#observe(attempt)
    if (failure !== undefined && this.#running.size > 0) return
    this.#end(attempt, isAnswer)
    this.#answer.reject(error)
  }

  /** This attempt is the one that counts. */
  #end(attempt: Attempt, isAnswer: boolean): void {
    this.#isOver = true
    this.#cancelTimer()
    const { ctx } = this.#call
    const { upstream } = attempt.record
    if (isAnswer && attempt.isSecond) this.#policy.won()
    if (ctx.attempt !== undefined) Object.assign(ctx.attempt, attempt.record)
    // Both attempts have noted theirs, the slower one last.
    if (ctx.notes.hedged === true && upstream !== undefined) ctx.notes.upstream = upstream
    this.#running.delete(attempt)
    for (const other of this.#running) {
      this.#observe(other)
      other.abort.abort(new Error('another attempt was faster'))
    }
    this.#running.clear()
  }

  /** What came too late is closed: nobody else will. */
  #discard(attempt: Attempt, output: Output): void {
    attempt.abort.unlink()
    if (this.#call.operation === 'getObject') (output as ObjectReader).close().catch(() => {})
  }

  #observe({ record, startedMs }: Attempt): void {
    this.#policy.observe(record.upstream, this.#policy.clock.monotonic() - startedMs)
  }
}

/** While a body is read, the client may still go away; when it is closed, its signal is let go. */
function unlinking(reader: ObjectReader, { abort }: Attempt): ObjectReader {
  return {
    info: reader.info,
    selection: reader.selection,
    readInto: (sink) => reader.readInto(sink),
    async close() {
      abort.unlink()
      await reader.close()
    },
  }
}
