import type { TimedKind } from '../figures/exchange-class.ts'
import { median } from '../figures/quantile.ts'
import type { OutcomeCounts } from '../figures/recent-outcomes.ts'

/** What one upstream of a group is judged by. */
export interface PeerFigures {
  readonly counts: OutcomeCounts
  /** Median milliseconds to the first byte, or for a MiB of a body, where there are enough samples. */
  readonly medianMs: ReadonlyMap<TimedKind, number>
  /** How long something has waited for it, without any sign of life since; 0 when nothing does. */
  readonly silentMs: number
  /** How long ago anything came from it. */
  readonly quietMs: number
}

export interface OutlierOptions {
  readonly rateRequestsMin: number
  readonly rateStdevFactor: number
  readonly rateMargin: number
  readonly latencyFactor: number
  readonly latencyFloorMs: number
  readonly silentAfterMs: number
}

/**
 * By the success rate. It is compared with the mean and deviation of the others, without itself: among three, no value is
 * 1.9 standard deviations from a mean that it is a part of. Throttling is no failure.
 * @returns the reason; undefined when it does not fail more than its peers
 */
export function failsMore(
  one: PeerFigures,
  peers: readonly PeerFigures[],
  options: OutlierOptions,
): string | undefined {
  const { rateRequestsMin, rateStdevFactor, rateMargin } = options
  const rates = peers.filter(({ counts }) => counts.total >= rateRequestsMin).map(successRate)
  if (one.counts.total < rateRequestsMin || rates.length === 0) return undefined
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length
  const deviation = Math.sqrt(rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length)
  const rate = successRate(one)
  if (rate >= mean - Math.max(rateMargin, rateStdevFactor * deviation)) return undefined
  return `${percent(rate)} of its exchanges succeed, ${percent(mean)} of those of its peers`
}

/**
 * By the median time to the first byte in any kind of request, or for a MiB of large bodies.
 * @returns the reason; undefined when it is not slower than its peers
 */
export function isSlower(one: PeerFigures, peers: readonly PeerFigures[], options: OutlierOptions): string | undefined {
  for (const [kind, ms] of one.medianMs) {
    const known = peers.map(({ medianMs }) => medianMs.get(kind)).filter((median) => median !== undefined)
    const peersMs = median(known)
    // Most of its peers must have had such requests, too.
    if (peersMs === undefined || known.length * 2 < peers.length) continue
    if (ms > options.latencyFloorMs && ms > options.latencyFactor * peersMs) {
      const what = kind === 'body' ? 'a MiB of a body' : `the first byte of ${kind}`
      return `${what} takes ${ms.toFixed(0)} ms, ${peersMs.toFixed(1)} ms at its peers`
    }
  }
  return undefined
}

/**
 * By having answered nothing while something waits for it, and a peer has answered in this time: so does a process that
 * is stopped, or a machine that is gone without a word. When nobody answers, it is not the upstream.
 */
export function isSilent(one: PeerFigures, peers: readonly PeerFigures[], options: OutlierOptions): string | undefined {
  if (one.silentMs < options.silentAfterMs || !peers.some(({ quietMs }) => quietMs < one.silentMs)) return undefined
  return `nothing came from it for ${one.silentMs.toFixed(0)} ms`
}

function successRate({ counts }: PeerFigures): number {
  return 1 - counts.failed / counts.total
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}
