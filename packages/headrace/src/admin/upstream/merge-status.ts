import { type Outcome, outcomes } from '../../upstream/group/figures/outcome.ts'
import type { UpstreamState } from '../../upstream/group/group-events.ts'
import type { GroupStatus, UpstreamStatus } from '../../upstream/group/group-status.ts'
import type { BreakerState } from '../../upstream/group/health/circuit-breaker.ts'
import type { UpstreamReport, UpstreamsReport } from './upstream-admin.ts'

/** The worst first. */
const states = ['down', 'ejected', 'returning', 'draining', 'up'] as const satisfies readonly UpstreamState[]
const breakers = ['open', 'half-open', 'closed'] as const satisfies readonly BreakerState[]

/** One report from what each gateway knows of its upstreams, in the order in which the first of them names them. */
export function mergeStatus(groups: readonly GroupStatus[]): UpstreamsReport {
  const views = new Map<string, UpstreamStatus[]>()
  for (const upstream of groups.flatMap((group) => group.upstreams)) {
    const known = views.get(upstream.name)
    if (known === undefined) views.set(upstream.name, [upstream])
    else known.push(upstream)
  }
  return {
    gateways: groups.length,
    panicking: groups.filter(({ isPanic }) => isPanic).length,
    upstreams: [...views.values()].map(mergeUpstream),
  }
}

function mergeUpstream(views: UpstreamStatus[]): UpstreamReport {
  const [first] = views as [UpstreamStatus]
  const state = states.find((each) => views.some((view) => view.state === each)) ?? 'up'
  const counts = states.map((each) => [each, views.filter((view) => view.state === each).length] as const)
  const sum = (figure: (view: UpstreamStatus) => number) => views.reduce((total, view) => total + figure(view), 0)
  const mean = (figure: (view: UpstreamStatus) => number) => sum(figure) / views.length
  return {
    name: first.name,
    zone: first.zone ?? null,
    state,
    states: Object.fromEntries(counts.filter(([, count]) => count > 0)),
    reason: views.find((view) => view.state === state)?.reason ?? null,
    breaker: breakers.find((each) => views.some(({ breaker }) => breaker === each)) ?? 'closed',
    openBuckets: [...new Set(views.flatMap(({ openBuckets }) => openBuckets))],
    inFlight: sum(({ inFlight }) => inFlight),
    limit: sum(({ limit }) => limit),
    oldestUnansweredMs: Math.max(...views.map(({ oldestUnansweredMs }) => oldestUnansweredMs)),
    firstByteMs: mergeTimes(views.flatMap(({ firstByteMs }) => (firstByteMs === undefined ? [] : [firstByteMs]))),
    errorShare: mean(({ errorShare }) => errorShare),
    throttledShare: mean(({ throttledShare }) => throttledShare),
    exchanges: Object.fromEntries(
      outcomes.map((outcome) => [outcome, sum(({ exchanges }) => exchanges[outcome])]),
    ) as Record<Outcome, number>,
    ejections: sum(({ ejections }) => ejections),
    sentBytes: sum(({ sentBytes }) => sentBytes),
    receivedBytes: sum(({ receivedBytes }) => receivedBytes),
  }
}

function mergeTimes(times: readonly { readonly p50: number; readonly p99: number }[]): UpstreamReport['firstByteMs'] {
  if (times.length === 0) return null
  const p50 = times.reduce((total, time) => total + time.p50, 0) / times.length
  return { p50, p99: Math.max(...times.map(({ p99 }) => p99)) }
}
