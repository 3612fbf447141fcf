import type { ForegroundLoad } from '../core/foreground-load.ts'

export type Latency = Pick<ForegroundLoad, 'p99Ms' | 'p90Ms'>

/**
 * Percentiles may be `over` times as high as without background work, and as long as all of them are below `good` times,
 * more can be done. Differences up to the slack are chance. The 99th is what is kept near; of few requests it is chance
 * itself, and the 90th shows sooner that background work is in their way.
 */
const limits = {
  p99Ms: { over: 1.3, good: 1.15, slackMs: 0.5 },
  p90Ms: { over: 1.4, good: 1.2, slackMs: 1 },
} as const satisfies Record<keyof Latency, object>
const percentiles = ['p99Ms', 'p90Ms'] as const satisfies readonly (keyof Latency)[]
/** Weight of what comes beside what is known, which counts nothing after so long. */
const newest = 0.3
const freshMs = 60_000

/** How clients fare without background work, as far as it is known. */
export class LatencyBaseline {
  #known: Latency | undefined
  #learntMs = Number.NEGATIVE_INFINITY

  get p99Ms(): number | undefined {
    return this.#known?.p99Ms
  }

  /** When something was learnt last. */
  get learntMs(): number {
    return this.#learntMs
  }

  /** @param looks the latency as it was at some looks without background work; 0 where nothing was measured */
  learn(looks: readonly Latency[], nowMs: number): void {
    const measured = looks.filter(({ p99Ms }) => p99Ms > 0)
    const mean = (of: keyof Latency) => measured.reduce((sum, look) => sum + look[of], 0) / measured.length
    const before = nowMs - this.#learntMs < freshMs ? this.#known : undefined
    this.#learntMs = nowMs
    if (measured.length === 0) return
    const next = (of: keyof Latency) => (before?.[of] ?? mean(of)) * (1 - newest) + mean(of) * newest
    this.#known = { p99Ms: next('p99Ms'), p90Ms: next('p90Ms') }
  }

  /** Whether a latency beside background work is too high, or low enough for more of it. */
  judge(now: Latency): 'over' | 'fair' | 'good' {
    const known = this.#known
    if (known === undefined) return 'good'
    const isAbove = (of: keyof Latency, factor: number, slackMs: number) =>
      now[of] > Math.max(known[of] * factor, known[of] + slackMs)
    if (percentiles.some((of) => isAbove(of, limits[of].over, limits[of].slackMs))) return 'over'
    return percentiles.some((of) => isAbove(of, limits[of].good, limits[of].slackMs / 2)) ? 'fair' : 'good'
  }
}
