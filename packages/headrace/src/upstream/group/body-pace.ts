import type { ByteSink } from '@headrace/s3'
import { AttemptError } from '../../core/attempt.ts'
import { Budget } from '../../core/budget.ts'
import type { Clock } from '../../core/runtime.ts'
import type { UsualTimes } from './figures/usual-times.ts'
import type { GroupOptions } from './options.ts'

const mebibyte = 1024 * 1024

/** How fast large bodies of a group come, and when one has become too slow to be waited for. */
export class BodyPace {
  readonly #clock: Clock
  readonly #usual: UsualTimes
  readonly #options: GroupOptions['body']
  readonly #budget: Budget
  /** Whether the rest could be had elsewhere. */
  readonly #hasOthers: () => boolean

  constructor(parts: { clock: Clock; usual: UsualTimes; options: GroupOptions['body'] }, hasOthers: () => boolean) {
    this.#clock = parts.clock
    this.#usual = parts.usual
    this.#options = parts.options
    const { collapsedShare: share, collapsedReserve: reserve, collapsedSavedMax: savedMax } = parts.options
    this.#budget = new Budget({ share, reserve, savedMax })
    this.#hasOthers = hasOthers
  }

  /**
   * A sink for the body of a reply, that measures it; the sink itself when the body is small.
   * @param bodyBytes undefined: not known
   * @param measured is told milliseconds that were waited for a MiB
   */
  follow(
    sink: ByteSink,
    { upstream, bodyBytes, measured }: { upstream: string; bodyBytes: number | undefined; measured(ms: number): void },
  ): PacedSink | undefined {
    if (bodyBytes === undefined || bodyBytes < this.#options.bytesMin) return undefined
    this.#budget.earn()
    return new PacedSink(sink, bodyBytes, {
      clock: this.#clock,
      windowMs: this.#windowMs(),
      bytesMin: this.#options.bytesMin,
      measured,
      judge: (msPerMebibyte, leftBytes) => this.#judge(upstream, msPerMebibyte, leftBytes),
    })
  }

  /** Stores send in stripes, and are silent between them: so many are looked at together. */
  #windowMs(): number {
    const { windowMsMin, windowMsMax, windowBytes } = this.#options
    const usualMs = this.#usual.known('body') ?? 0
    return Math.min(windowMsMax, Math.max(windowMsMin, (usualMs * windowBytes) / mebibyte))
  }

  /** @throws AttemptError `stalled` when what is left is to be had elsewhere */
  #judge(upstream: string, ms: number, leftBytes: number): void {
    const { collapsedFactor, collapsedMsMin, collapsedLeftMsMin } = this.#options
    const usualMs = this.#usual.known('body')
    if (usualMs === undefined || ms < collapsedMsMin || ms < collapsedFactor * usualMs) return
    const isWorthIt = (leftBytes / mebibyte) * ms > collapsedLeftMsMin
    if (!isWorthIt || !this.#hasOthers() || !this.#budget.spend()) return
    const message = `${upstream}: stalled: a MiB of the body takes ${ms.toFixed(0)} ms, ${usualMs.toFixed(1)} are usual`
    throw new AttemptError({ fault: 'stalled', upstream, wasSent: true, message })
  }
}

interface PacedOptions {
  readonly clock: Clock
  readonly windowMs: number
  /** Less in a window, at the end of a body, says nothing. */
  readonly bytesMin: number
  measured(msPerMebibyte: number): void
  judge(msPerMebibyte: number, leftBytes: number): void
}

/** Passes a body on, and counts how long its upstream is waited for: a client that is slow does not make it slow. */
export class PacedSink implements ByteSink {
  readonly #sink: ByteSink
  readonly #options: PacedOptions
  #leftBytes: number
  /** Since when the upstream is waited for. */
  #sinceMs: number
  #waitedMs = 0
  #bytes = 0

  constructor(sink: ByteSink, bodyBytes: number, options: PacedOptions) {
    this.#sink = sink
    this.#leftBytes = bodyBytes
    this.#options = options
    this.#sinceMs = options.clock.monotonic()
  }

  write(chunk: Uint8Array): Promise<void> | undefined {
    const { clock, windowMs } = this.#options
    const nowMs = clock.monotonic()
    // What comes in one go after a wait belongs to that wait: the window ends with the next one.
    if (this.#waitedMs >= windowMs && nowMs > this.#sinceMs) this.#endWindow()
    this.#waitedMs += nowMs - this.#sinceMs
    this.#sinceMs = nowMs
    this.#bytes += chunk.length
    this.#leftBytes -= chunk.length
    return this.#sink.write(chunk)?.then(this.#taken)
  }

  /** All of the body has come. */
  finish(): void {
    if (this.#bytes >= this.#options.bytesMin) this.#options.measured(this.#msPerMebibyte())
  }

  readonly #taken = (): void => {
    this.#sinceMs = this.#options.clock.monotonic()
  }

  #endWindow(): void {
    const ms = this.#msPerMebibyte()
    this.#waitedMs = 0
    this.#bytes = 0
    this.#options.measured(ms)
    this.#options.judge(ms, this.#leftBytes)
  }

  #msPerMebibyte(): number {
    return (this.#waitedMs * mebibyte) / Math.max(1, this.#bytes)
  }
}
