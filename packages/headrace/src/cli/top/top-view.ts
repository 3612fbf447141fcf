import type { RequestFigures } from '../../admin/server/server-admin.ts'
import type { DriveStatus } from '../../admin/store-reports.ts'
import type { UpstreamReport, UpstreamsReport } from '../../admin/upstream/upstream-admin.ts'
import { quantileOf } from './quantile-of.ts'

/** What a server said at one moment. It has upstreams or drives. */
export interface Sample {
  readonly figures: RequestFigures
  readonly upstreams?: UpstreamsReport
  readonly drives?: readonly DriveStatus[]
}

/** An upstream as it is, and what became of its exchanges between two moments. */
export interface UpstreamView extends UpstreamReport {
  readonly exchangesPerS: number
  /** Those that failed, and those with which it asked for less. */
  readonly errorsPerS: number
  readonly throttledPerS: number
  readonly sentBytesPerS: number
  readonly receivedBytesPerS: number
}

/** One kind of what is done beyond one attempt a request. */
export interface AttemptView {
  readonly perS: number
  /** Since the gateways began. */
  readonly total: number
}

/** What happened between two moments, a second by default. */
export interface TopView {
  readonly intervalMs: number
  readonly inFlight: number
  readonly requestsPerS: number
  /** Answered with 5xx, and with 4xx. */
  readonly errorsPerS: number
  readonly refusalsPerS: number
  readonly bytesInPerS: number
  readonly bytesOutPerS: number
  /** Within the bounds of the histogram in /metrics; `null` without requests. */
  readonly firstByteMs: { readonly p50: number; readonly p99: number } | null
  readonly attempts: Readonly<Record<string, AttemptView>> | null
  readonly gateways: number | null
  readonly panicking: number
  readonly upstreams: readonly UpstreamView[] | null
  readonly drives: readonly DriveStatus[] | null
}

/** Counters of a process that was replaced begin anew: nothing is less than nothing. */
export function topView(before: Sample, after: Sample): TopView {
  const intervalMs = Math.max(1, after.figures.takenMs - before.figures.takenMs)
  const perS = (now: number, then: number) => (Math.max(0, now - then) * 1_000) / intervalMs
  const rateOf = (count: (sample: Sample) => number) => perS(count(after), count(before))
  const answered = (min: number, max: number) => (sample: Sample) =>
    sample.figures.requests.reduce(
      (total, { status, count }) => total + (status >= min && status <= max ? count : 0),
      0,
    )
  const bins = after.figures.firstByte.map(({ msMax, count }, index) => ({
    msMax,
    count: Math.max(0, count - (before.figures.firstByte[index]?.count ?? 0)),
  }))
  const p50 = quantileOf(bins, 0.5)
  const p99 = quantileOf(bins, 0.99)
  return {
    intervalMs,
    inFlight: after.figures.inFlight,
    requestsPerS: rateOf(answered(0, 999)),
    errorsPerS: rateOf(answered(500, 599)),
    refusalsPerS: rateOf(answered(400, 499)),
    bytesInPerS: rateOf(({ figures }) => figures.bytesIn),
    bytesOutPerS: rateOf(({ figures }) => figures.bytesOut),
    firstByteMs: p50 === undefined || p99 === undefined ? null : { p50, p99 },
    attempts: attemptsOf(before.figures.attempts, after.figures.attempts, perS),
    gateways: after.upstreams?.gateways ?? null,
    panicking: after.upstreams?.panicking ?? 0,
    upstreams: after.upstreams?.upstreams.map((now) => upstreamView(now, before, perS)) ?? null,
    drives: after.drives ?? null,
  }
}

type PerS = (now: number, then: number) => number

function attemptsOf(before: RequestFigures['attempts'], after: RequestFigures['attempts'], perS: PerS) {
  if (after === null) return null
  const views = Object.entries(after).map(([kind, total]) => [kind, { total, perS: perS(total, before?.[kind] ?? 0) }])
  return Object.fromEntries(views) as Record<string, AttemptView>
}

function upstreamView(now: UpstreamReport, before: Sample, perS: PerS): UpstreamView {
  const then = before.upstreams?.upstreams.find(({ name }) => name === now.name) ?? now
  const rate = (count: (report: UpstreamReport) => number) => perS(count(now), count(then))
  const all = ({ exchanges }: UpstreamReport) => Object.values(exchanges).reduce((total, count) => total + count, 0)
  const failed = (report: UpstreamReport) => {
    const { ok, abandoned, throttled } = report.exchanges
    return all(report) - ok - abandoned - throttled
  }
  return {
    ...now,
    exchangesPerS: rate(all),
    errorsPerS: rate(failed),
    throttledPerS: rate(({ exchanges }) => exchanges.throttled),
    sentBytesPerS: rate(({ sentBytes }) => sentBytes),
    receivedBytesPerS: rate(({ receivedBytes }) => receivedBytes),
  }
}
