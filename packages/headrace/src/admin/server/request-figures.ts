import { AggregatorRegistry } from 'prom-client'
import type { RequestFigures } from './server-admin.ts'

interface Metric {
  readonly name: string
  readonly values: readonly {
    readonly metricName?: string
    readonly labels: Readonly<Record<string, string | number>>
    readonly value: number
  }[]
}

/** @param metrics of the processes that serve requests, as `Registry.getMetricsAsJSON` gives them */
export async function requestFigures(metrics: readonly unknown[], takenMs: number): Promise<RequestFigures> {
  const added = AggregatorRegistry.aggregate(metrics as unknown as object[])
  const all = (await added.getMetricsAsJSON()) as unknown as Metric[]
  const valuesOf = (name: string) => all.find((metric) => metric.name === name)?.values ?? []
  const bytes = (direction: string) =>
    valuesOf('headrace_request_bytes_total').reduce(
      (total, { labels, value }) => total + (labels.direction === direction ? value : 0),
      0,
    )
  const attempts = valuesOf('headrace_attempts').map(({ labels, value }) => [String(labels.kind), value] as const)
  return {
    takenMs,
    inFlight: valuesOf('headrace_requests_in_flight').reduce((total, { value }) => total + value, 0),
    requests: valuesOf('headrace_requests_total').map(({ labels, value }) => ({
      operation: String(labels.operation),
      status: Number(labels.status),
      count: value,
    })),
    firstByte: binsOf(valuesOf('headrace_request_first_byte_seconds')),
    bytesIn: bytes('in'),
    bytesOut: bytes('out'),
    attempts: attempts.length === 0 ? null : Object.fromEntries(attempts),
  }
}

/** Of all operations together. Bins of a histogram are cumulative. */
function binsOf(values: Metric['values']): RequestFigures['firstByte'] {
  const counts = new Map<number, number>()
  for (const { metricName, labels, value } of values) {
    if (metricName?.endsWith('_bucket') !== true) continue
    const bound = labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le)
    counts.set(bound, (counts.get(bound) ?? 0) + value)
  }
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([bound, count]) => ({ msMax: bound === Number.POSITIVE_INFINITY ? null : bound * 1_000, count }))
}
