import type { ByteSink, GetObjectInput, ObjectReader, Selection } from '@headrace/s3'
import { AttemptError, attemptErrorOf } from '../../core/attempt.ts'
import type { RequestContext } from '../../core/context.ts'
import { brokenBody, continuationOf, requireContinuation } from './continuation.ts'
import { avoiding } from './derive-context.ts'
import { SpliceSink } from './splice-sink.ts'

/** What a reader has to know to go on when its body breaks. */
export interface ResumePolicy {
  /** Bytes that make a continuation worth its request. */
  readonly progressBytesMin: number
  /**
   * Opens the rest, when that is allowed.
   * @param failure why the reader before ended
   * @param fruitless continuations in a row that brought next to nothing, with the one that just ended
   * @param avoid upstreams that are not to be asked as long as there are others
   * @throws the failure when it is not; whatever opening throws
   */
  reopen(failure: AttemptError, fruitless: number, rest: GetObjectInput, avoid: Avoided): Promise<ObjectReader>
  /** The body is not going to end. */
  gaveUp(): void
}

type Avoided = RequestContext['avoid']

/**
 * One unbroken body from as many readers as it takes. Each continues where the one before broke, and is one of the same
 * object: its ETag is demanded with the request, and ETag, total size and range of what comes are compared.
 */
export class ResumingReader implements ObjectReader {
  readonly info: ObjectReader['info']
  readonly selection?: Selection
  readonly #input: GetObjectInput
  readonly #whole: Selection
  readonly #ctx: RequestContext
  readonly #policy: ResumePolicy
  /** Undefined while another is being opened. */
  #reader: ObjectReader | undefined
  #isClosed = false
  #avoid: Avoided
  #fruitless = 0

  constructor(
    reader: ObjectReader,
    whole: Selection,
    input: GetObjectInput,
    ctx: RequestContext,
    policy: ResumePolicy,
  ) {
    this.info = reader.info
    this.selection = reader.selection
    this.#reader = reader
    this.#whole = whole
    this.#input = input
    this.#ctx = ctx
    this.#policy = policy
    this.#avoid = ctx.avoid
  }

  /** @throws S3Error ServiceUnavailable when the rest cannot be had, or not of this object; whatever the sink throws */
  async readInto(sink: ByteSink): Promise<void> {
    const { first, last } = this.#whole
    const splice = new SpliceSink(sink, last - first + 1)
    while (splice.leftBytes > 0) {
      const leftBefore = splice.leftBytes
      try {
        await this.#reader?.readInto(splice)
        if (splice.leftBytes > 0) throw new AttemptError({ fault: 'truncated', wasSent: true })
      } catch (error) {
        // The chunk that the sink is busy with is in memory that the next reader may use.
        await splice.idle()
        const failure = attemptErrorOf(error)
        if (failure === undefined || this.#isClosed || this.#ctx.signal.aborted) throw error
        if (splice.leftBytes === 0) return
        this.#judge(failure, leftBefore - splice.leftBytes)
        await this.#continue(failure, { first: last - splice.leftBytes + 1, last })
      }
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#closeReader()
  }

  /** Who broke is avoided until somebody else has brought us on. */
  #judge({ upstream }: AttemptError, gainedBytes: number): void {
    const isProgress = gainedBytes >= this.#policy.progressBytesMin
    this.#fruitless = isProgress ? 0 : this.#fruitless + 1
    this.#avoid = avoiding(isProgress ? this.#ctx.avoid : this.#avoid, upstream)
  }

  async #continue(failure: AttemptError, rest: Selection): Promise<void> {
    try {
      await this.#closeReader().catch(() => {})
      const input = continuationOf(this.#input, this, rest)
      const reader = await this.#policy.reopen(failure, this.#fruitless, input, this.#avoid)
      this.#reader = reader
      requireContinuation(reader, this, rest)
      if (this.#isClosed) await this.#closeReader()
    } catch (cause) {
      this.#policy.gaveUp()
      throw brokenBody(cause)
    }
  }

  async #closeReader(): Promise<void> {
    const reader = this.#reader
    this.#reader = undefined
    await reader?.close()
  }
}
