import type { DriveStatus } from '../../admin/store-reports.ts'
import { formatBytes, formatCount, formatMs } from '../store/format.ts'
import { driveState } from '../store/show-status.ts'
import { facts, right, table } from '../store/table.ts'
import type { TopView, UpstreamView } from './top-view.ts'

/** One screen. */
export function showTop(view: TopView): string {
  const { upstreams, drives, firstByteMs, gateways, panicking } = view
  const head = facts([
    [
      'Requests',
      [
        `${rate(view.requestsPerS)}/s`,
        `${formatCount(view.inFlight)} under way`,
        `5xx ${rate(view.errorsPerS)}/s`,
        `4xx ${rate(view.refusalsPerS)}/s`,
      ].join('   '),
    ],
    ['First byte', firstByteMs === null ? '–' : `p50 ${formatMs(firstByteMs.p50)}   p99 ${formatMs(firstByteMs.p99)}`],
    ['Bodies', `in ${formatBytes(view.bytesInPerS)}/s   out ${formatBytes(view.bytesOutPerS)}/s`],
    attemptsLine(view.attempts),
    panicking > 0 ? ['Panic', `${panicking} of ${gateways} gateways use all upstreams: hardly any is well`] : undefined,
  ])
  const served = upstreams === null ? showDrives(drives ?? []) : showUpstreams(upstreams, gateways ?? 1)
  return `${head}\n\n${served}`
}

/** What was done since one attempt was not enough, a second and since the gateways began. */
function attemptsLine(attempts: TopView['attempts']): readonly [string, string] | undefined {
  if (attempts === null) return undefined
  const sum = (...kinds: readonly string[]) => {
    const all = kinds.flatMap((kind) => attempts[kind] ?? [])
    const perS = all.reduce((total, each) => total + each.perS, 0)
    return { perS, total: all.reduce((total, each) => total + each.total, 0) }
  }
  const shown = (name: string, { perS, total }: { perS: number; total: number }, more = '') =>
    `${name} ${rate(perS)}/s (${formatCount(total)}${more})`
  const won = `, ${formatCount(sum('hedges_won').total)} won`
  return [
    'Attempts',
    [
      shown('retries', sum('retries_after_breaks', 'retries_after_refusals')),
      shown('hedges', sum('hedges'), won),
      shown('resumes', sum('resumes')),
      shown('out of budget', sum('retries_without_budget', 'hedges_without_budget')),
    ].join('   '),
  ]
}

const upstreamColumns = [
  'UPSTREAM',
  'STATE',
  right('IN FLIGHT'),
  right('P50'),
  right('P99'),
  right('REQ/S'),
  right('ERR/S'),
  right('THROTTLED'),
  right('EJECTED'),
  right('SENT/S'),
  right('RECV/S'),
]

function showUpstreams(upstreams: readonly UpstreamView[], gateways: number): string {
  const rows = upstreams.map((upstream) => [
    upstream.name,
    stateOf(upstream, gateways),
    `${formatCount(upstream.inFlight)}/${formatCount(upstream.limit)}`,
    upstream.firstByteMs === null ? '–' : formatMs(upstream.firstByteMs.p50),
    upstream.firstByteMs === null ? '–' : formatMs(upstream.firstByteMs.p99),
    rate(upstream.exchangesPerS),
    rate(upstream.errorsPerS),
    rate(upstream.throttledPerS),
    formatCount(upstream.ejections),
    formatBytes(upstream.sentBytesPerS),
    formatBytes(upstream.receivedBytesPerS),
  ])
  const reasons = upstreams.flatMap(({ name, state, reason, openBuckets }) => [
    ...(reason === null ? [] : [`${name} is ${state}: ${reason}`]),
    ...(openBuckets.length === 0 ? [] : [`${name} fails to write to ${openBuckets.join(', ')}`]),
  ])
  return [table(upstreamColumns, rows), ...reasons].join('\n')
}

/** `ejected 1/2` when one of two gateways sees it so. */
function stateOf({ state, states, breaker }: UpstreamView, gateways: number): string {
  const seen = states[state] ?? gateways
  const name = seen === gateways ? state : `${state} ${seen}/${gateways}`
  return breaker === 'closed' ? name : `${name}, breaker ${breaker}`
}

function showDrives(drives: readonly DriveStatus[]): string {
  const columns = ['DRIVE', 'STATE', right('READ P95'), right('WRITE P95'), right('ERRORS'), right('FREE'), 'FOLDER']
  const rows = drives.map((drive) => [
    String(drive.id),
    driveState(drive),
    formatMs(drive.readP95Ms),
    formatMs(drive.writeP95Ms),
    formatCount(drive.errors),
    formatBytes(drive.freeBytes),
    drive.path,
  ])
  const reasons = drives.flatMap(({ id, reason }) => (reason === '' ? [] : [`Drive ${id}: ${reason}`]))
  return [table(columns, rows), ...reasons].join('\n')
}

/** Below ten, a tenth counts. */
function rate(value: number): string {
  return value > 0 && value < 9.95 ? value.toFixed(1) : formatCount(value)
}
