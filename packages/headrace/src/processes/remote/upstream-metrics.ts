import { Gauge, type Registry } from 'prom-client'
import type { AttemptFigures } from '../../layers/attempts/figures.ts'
import type { GroupStatus, UpstreamStatus } from '../../upstream/group/group-status.ts'

/** What counters of attempts are called in metrics. */
const attemptNames: Readonly<Record<keyof AttemptFigures, string>> = {
  calls: 'calls',
  retriesAfterBreaks: 'retries_after_breaks',
  retriesAfterRefusals: 'retries_after_refusals',
  waitsForUpstreams: 'waits_for_upstreams',
  retriesWithoutBudget: 'retries_without_budget',
  hedges: 'hedges',
  hedgesWon: 'hedges_won',
  hedgesWithoutBudget: 'hedges_without_budget',
  hedgesHeldBack: 'hedges_held_back',
  resumes: 'resumes',
  resumesFailed: 'resumes_failed',
  readBacks: 'read_backs',
  readBacksUndecided: 'read_backs_undecided',
}

/** Adds what a group and the layers around its store know of themselves to the metrics of a process. */
export function showUpstreams(registry: Registry, status: () => GroupStatus, figures: AttemptFigures): void {
  const registers = [registry]
  new Gauge({
    name: 'headrace_attempts',
    help: 'What the layers that make attempts at upstreams have done since the start, by kind.',
    labelNames: ['kind'] as const,
    registers,
    collect() {
      for (const [name, kind] of Object.entries(attemptNames)) this.set({ kind }, figures[name as keyof AttemptFigures])
    },
  })
  const each = (name: string, help: string, figureOf: (upstream: UpstreamStatus) => number) =>
    new Gauge({
      name: `headrace_upstream_${name}`,
      help,
      labelNames: ['upstream'] as const,
      registers,
      collect() {
        this.reset()
        for (const upstream of status().upstreams) this.set({ upstream: upstream.name }, figureOf(upstream))
      },
    })
  each('usable', 'Gateways that send requests to the upstream.', ({ state }) => Number(isUsable(state)))
  each('in_flight', 'Exchanges with the upstream that are under way.', ({ inFlight }) => inFlight)
  each('limit', 'Exchanges that may be under way with the upstream.', ({ limit }) => limit)
  each('ejections', 'How often the upstream was ejected since the start.', ({ ejections }) => ejections)
  each('sent_bytes', 'Bytes of bodies sent to the upstream since the start.', ({ sentBytes }) => sentBytes)
  each('received_bytes', 'Bytes of bodies received from the upstream since the start.', (each) => each.receivedBytes)
  new Gauge({
    name: 'headrace_upstream_exchanges',
    help: 'Exchanges with the upstream since the start, by what became of them.',
    labelNames: ['upstream', 'outcome'] as const,
    registers,
    collect() {
      this.reset()
      for (const { name, exchanges } of status().upstreams) {
        for (const [outcome, count] of Object.entries(exchanges)) this.set({ upstream: name, outcome }, count)
      }
    },
  })
}

function isUsable(state: UpstreamStatus['state']): boolean {
  return state === 'up' || state === 'returning'
}
