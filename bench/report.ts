import { availableParallelism, cpus, release, totalmem, type } from 'node:os'
import type { LoadResult } from './load/load.ts'
import type { Row } from './rows.ts'

/** One run of one row against one server. */
export interface Measured extends LoadResult {
  readonly row: string
  readonly target: string
  readonly serverCpuMs: number
}

export interface Report {
  readonly machine: string
  readonly date: string
  readonly command: string
  readonly rounds: number
  readonly seconds: number
}

export function machine(): string {
  const memory = Math.round(totalmem() / 2 ** 30)
  return `${availableParallelism()} cores of ${cpus()[0]?.model.trim()}, ${memory} GiB, ${type()} ${release()}, Node.js ${process.versions.node}`
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length % 2 === 1) return sorted[middle] ?? Number.NaN
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

export function rateOf({ unit }: Row, { requests, bodyBytes, keys, seconds }: LoadResult): number {
  if (unit === 'MB/s') return bodyBytes / 1e6 / seconds
  return (unit === 'keys/s' ? keys : requests) / seconds
}

/**
 * The table: a line for each row and server, medians over the rounds. The ratio is Headrace's rate to that server's.
 */
export function markdownTable(
  { machine: where, date, command, rounds, seconds }: Report,
  servers: readonly { name: string; about: string }[],
  rows: readonly Row[],
  measured: readonly Measured[],
): string {
  const lines = [
    `${date.slice(0, 10)}, ${where}. \`${command}\`: medians of ${rounds} rounds of ${seconds} s, servers measured in turn,`,
    'load generator on the same cores.',
    '',
    ...servers.map(({ name, about }) => `- **${name}**: ${about}`),
    '',
    '| row | clients | server | rate | p50 ms | p99 ms | server CPU µs/request | client CPU µs/request | headrace ÷ it | goal |',
    '|---|---|---|---|---|---|---|---|---|---|',
  ]
  for (const row of rows) {
    const runs = (name: string) => measured.filter((one) => one.row === row.name && one.target === name)
    const middle = (name: string, of: (one: Measured) => number) => median(runs(name).map(of))
    const own = middle('headrace', (one) => rateOf(row, one))
    for (const { name } of servers) {
      if (runs(name).length === 0) continue
      const rate = middle(name, (one) => rateOf(row, one))
      const cells = [
        row.name,
        row.connections,
        name,
        `${Math.round(rate).toLocaleString('en')} ${row.unit}`,
        middle(name, (one) => one.p50Ms).toFixed(2),
        middle(name, (one) => one.p99Ms).toFixed(2),
        Math.round(middle(name, (one) => (one.serverCpuMs * 1000) / one.requests)).toLocaleString('en'),
        Math.round(middle(name, (one) => (one.cpuMs * 1000) / one.requests)).toLocaleString('en'),
        name === 'headrace' ? '' : (own / rate).toFixed(2),
        name === 'headrace' ? `${row.goal.toLocaleString('en')}${rate >= row.goal ? ' ✓' : ''}` : '',
      ]
      lines.push(`| ${cells.join(' | ')} |`)
    }
  }
  return `${lines.join('\n')}\n`
}
