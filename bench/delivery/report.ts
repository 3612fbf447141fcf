import { loadavg } from 'node:os'
import { machine, median } from '../report.ts'
import type { ChaosRun } from './chaos/run-scenario.ts'
import type { RowRun } from './measure-rows.ts'
import type { DeliveryRow } from './rows.ts'

export interface DeliveryReport {
  readonly command: string
  readonly date: string
  /** What was measured, and how it was set up. */
  readonly about: readonly string[]
  /** Load averages at the beginning and at the end. */
  readonly loads: readonly number[]
  readonly rows: readonly RowRun[]
  readonly chaos: readonly ChaosRun[]
}

/** Of the last minute: processes that run or want to, this bench among them. */
export function load(): number {
  return loadavg()[0] ?? Number.NaN
}

export function markdownReport(report: DeliveryReport, rows: readonly DeliveryRow[]): string {
  const { command, date, about, loads } = report
  const head = [
    `# Delivery: in front of three RGW nodes`,
    '',
    `\`${command}\`, ${date.slice(0, 10)}, ${machine()}; load ${loads.map((one) => one.toFixed(1)).join(' to ')}.`,
    '',
    'A Ceph of four OSDs with two copies, clients, proxies and nodes on the same cores, measured in turn. Every byte that was',
    'read was compared with what was written. Look at ratios within a row; nobody makes retries but the proxies.',
    '',
    ...about.map((line) => `- ${line}`),
  ]
  const sections = [head, rowTable(report.rows, rows), chaosTable(report.chaos)]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function rowTable(runs: readonly RowRun[], rows: readonly DeliveryRow[]): string[] {
  if (runs.length === 0) return []
  const lines = [
    '| row | by way of | rate | p50 ms | p99 ms | p50 added ms | CPU-s/GiB | requests/CPU-s | rate ÷ HAProxy |',
    '|---|---|---|---|---|---|---|---|---|',
  ]
  for (const row of rows) {
    const of = (access: string) => runs.filter((run) => run.row === row.name && run.access === access)
    const middle = (access: string, figure: (run: RowRun) => number) => median(of(access).map(figure))
    const rate = (access: string) =>
      middle(access, (run) => (row.unit === 'MB/s' ? run.bodyBytes / 1e6 : run.requests) / run.seconds)
    for (const access of new Set(runs.filter((run) => run.row === row.name).map((run) => run.access))) {
      const p50 = middle(access, ({ p50Ms }) => p50Ms)
      const isProxy = access !== 'direct'
      const cells = [
        row.name,
        access,
        `${rate(access).toFixed(0)} ${row.unit}`,
        p50.toFixed(2),
        middle(access, ({ p99Ms }) => p99Ms).toFixed(2),
        isProxy && of('direct').length > 0 ? (p50 - middle('direct', ({ p50Ms }) => p50Ms)).toFixed(2) : '',
        isProxy ? middle(access, (run) => run.cpuMs / 1000 / (run.bodyBytes / 2 ** 30)).toFixed(2) : '',
        isProxy ? middle(access, (run) => (run.requests * 1000) / run.cpuMs).toFixed(0) : '',
        of('HAProxy').length > 0 ? (rate(access) / rate('HAProxy')).toFixed(2) : '',
      ]
      lines.push(`| ${cells.join(' | ')} |`)
    }
  }
  return lines
}

function chaosTable(runs: readonly ChaosRun[]): string[] {
  if (runs.length === 0) return []
  const lines = [
    '| what goes wrong | by way of | times | GETs | failed | wrong | p99 ms, well | p99 ms | ratio | upstream requests per GET |',
    '|---|---|---|---|---|---|---|---|---|---|',
  ]
  for (const { scenario, access, healthy, faulty, strikes, attemptsPerRequest } of runs) {
    const cells = [
      scenario,
      access,
      strikes,
      faulty.requests + faulty.failed,
      faulty.failed,
      faulty.wrong,
      healthy.p99Ms.toFixed(0),
      faulty.p99Ms.toFixed(0),
      (faulty.p99Ms / healthy.p99Ms).toFixed(2),
      attemptsPerRequest?.toFixed(3) ?? '',
    ]
    lines.push(`| ${cells.join(' | ')} |`)
  }
  return lines
}
