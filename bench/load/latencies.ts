/** A request of an open loop. */
export interface Sample {
  /** When it was due, in milliseconds of the wall clock. */
  readonly dueMs: number
  readonly latencyMs: number
}

export interface Latencies {
  readonly requests: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
}

export function latenciesOf(samples: readonly Sample[]): Latencies {
  const sorted = samples.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b)
  const percentile = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { requests: sorted.length, p50Ms: percentile(0.5), p99Ms: percentile(0.99), maxMs: sorted.at(-1) ?? 0 }
}
