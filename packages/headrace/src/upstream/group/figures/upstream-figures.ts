import type { ExchangeClass, TimedKind } from './exchange-class.ts'
import { type Outcome, outcomes, verdicts } from './outcome.ts'
import { PeakEwma } from './peak-ewma.ts'
import { quantile } from './quantile.ts'
import { RecentOutcomes } from './recent-outcomes.ts'
import { RecentSamples } from './recent-samples.ts'
import type { UsualTimes } from './usual-times.ts'

/** So many good exchanges are taken for granted, so that the first error is not everything that is known. */
const priorSuccesses = 5

/** An exchange, or a check, that is under way. */
export interface UnderWay {
  readonly kind: ExchangeClass | undefined
  readonly startedMs: number
}

export interface FiguresOptions {
  readonly windowMs: number
  readonly decayMs: number
  readonly latencySamplesMin: number
}

/** What is known of one upstream from its exchanges: what it has under way, and how it did of late. */
export class UpstreamFigures {
  readonly #options: FiguresOptions
  readonly #usual: UsualTimes
  readonly #slowness: PeakEwma
  readonly #firstBytes: RecentSamples
  readonly #byKind = new Map<TimedKind, RecentSamples>()
  readonly #recent: RecentOutcomes
  /** In the order in which they began. */
  readonly #unanswered = new Set<UnderWay>()
  readonly totals = Object.fromEntries(outcomes.map((outcome) => [outcome, 0])) as Record<Outcome, number>
  receivedBytes = 0
  sentBytes = 0
  /** Of the monotonic clock: when anything last came from it. */
  lifeMs = Number.NEGATIVE_INFINITY
  /** Errors in a row. */
  consecutiveErrors = 0

  constructor(options: FiguresOptions, usual: UsualTimes) {
    this.#options = options
    this.#usual = usual
    this.#slowness = new PeakEwma(options.decayMs)
    this.#firstBytes = new RecentSamples(options.windowMs)
    this.#recent = new RecentOutcomes(options.windowMs)
  }

  /** Something that should be answered soon begins to wait. */
  await(underWay: UnderWay): void {
    this.#unanswered.add(underWay)
  }

  /** It waits no more, for whatever reason. */
  awaitNoMore(underWay: UnderWay): void {
    this.#unanswered.delete(underWay)
  }

  /** A first byte came, of a good reply. */
  answered({ kind, startedMs }: UnderWay, nowMs: number): void {
    if (kind === undefined) return
    this.#firstBytes.record(nowMs - startedMs, nowMs)
    this.took(kind, nowMs - startedMs, nowMs)
  }

  /** So long something took. */
  took(kind: TimedKind, ms: number, nowMs: number): void {
    let samples = this.#byKind.get(kind)
    if (samples === undefined) {
      samples = new RecentSamples(this.#options.windowMs)
      this.#byKind.set(kind, samples)
    }
    samples.record(ms, nowMs)
    // Faster than usual is no better: or all would go to the first that was fast, and nothing be known of others.
    this.#slowness.record(Math.max(1, ms / this.#usual.of(kind)), nowMs)
  }

  /** No first byte came for so long, and now nobody waits for it any more: it would have taken longer. */
  gaveUp({ kind, startedMs }: UnderWay, nowMs: number): void {
    const slowness = (nowMs - startedMs) / this.#usual.of(kind)
    if (kind !== undefined && slowness > this.#slowness.value(nowMs)) this.#slowness.record(slowness, nowMs)
  }

  /** @param counts false for what says nothing of how the upstream is now */
  ended(outcome: Outcome, nowMs: number, counts: boolean): void {
    this.totals[outcome] += 1
    const verdict = verdicts[outcome]
    if (!counts) return
    this.#recent.record(verdict, nowMs)
    if (verdict === 'failed') this.consecutiveErrors += 1
    else if (verdict !== 'none') this.consecutiveErrors = 0
  }

  /** Forgets how it did: it returns, and is to be judged by what it does from now on. */
  reset(): void {
    this.#slowness.reset()
    this.#firstBytes.reset()
    for (const samples of this.#byKind.values()) samples.reset()
    this.#recent.reset()
  }

  /**
   * What an exchange costs here, in multiples of what is usual: how long it may take, as those under way show before they
   * are over, and how likely it has to be repeated elsewhere.
   */
  expense(nowMs: number): number {
    const oldest = this.#oldest()
    const waitingMs = oldest === undefined ? 0 : nowMs - oldest.startedMs
    const slowness = Math.max(this.#slowness.value(nowMs), waitingMs / this.#usual.of(oldest?.kind))
    const { total, failed, throttled } = this.#recent.counts(nowMs)
    const successShare = (total - failed - throttled + priorSuccesses) / (total + priorSuccesses)
    return slowness / successShare ** 2
  }

  /** How long something has been waiting, without any sign of life since. */
  silentMs(nowMs: number): number {
    const oldest = this.#oldest()
    return oldest === undefined ? 0 : nowMs - Math.max(oldest.startedMs, this.lifeMs)
  }

  /** Since the oldest of those that wait began. */
  oldestUnansweredMs(nowMs: number): number {
    return nowMs - (this.#oldest()?.startedMs ?? nowMs)
  }

  counts(nowMs: number) {
    return this.#recent.counts(nowMs)
  }

  /** Of the kinds of which there are enough samples. */
  medianMs(nowMs: number): Map<TimedKind, number> {
    const medians = new Map<TimedKind, number>()
    for (const [kind, samples] of this.#byKind) {
      const sorted = samples.sorted(nowMs)
      const medianMs = quantile(sorted, 0.5)
      if (sorted.length >= this.#options.latencySamplesMin && medianMs !== undefined) medians.set(kind, medianMs)
    }
    return medians
  }

  /** Of requests of all kinds; undefined when there were none. */
  firstByteMs(nowMs: number): { p50: number; p99: number } | undefined {
    const sorted = this.#firstBytes.sorted(nowMs)
    const p50 = quantile(sorted, 0.5)
    const p99 = quantile(sorted, 0.99)
    return p50 === undefined || p99 === undefined ? undefined : { p50, p99 }
  }

  #oldest(): UnderWay | undefined {
    for (const underWay of this.#unanswered) return underWay
    return undefined
  }
}
