import type { AccessRecord } from '../../core/access-record.ts'
import type { TrailStep } from '../../core/context.ts'
import { counted, formatBytes, formatMs } from '../store/format.ts'
import { facts, indent, table } from '../store/table.ts'

const barCellsMin = 16
const barCellsMax = 48
/** What stands beside the bar, about. */
const textCells = 70

/** One request, and its steps along the time that it took. */
export function showTrace(record: AccessRecord, columns: number): string {
  const { operation, method, bucket, key, status, errorCode, firstByteMs, totalMs } = record
  const what = [operation ?? method, bucket === undefined ? '' : `${bucket}${key === undefined ? '' : `/${key}`}`]
  const head = facts([
    ['Request', `${what.join(' ').trim()}, ${record.requestId}`],
    [
      'When',
      `${record.time}, from ${record.clientIp ?? 'unknown'} as ${record.owner ?? 'nobody'}, gateway ${record.worker}`,
    ],
    ['Reply', errorCode === undefined ? String(status) : `${status} ${errorCode}`],
    ['Bodies', `in ${formatBytes(record.bytesIn)}, out ${formatBytes(record.bytesOut)}`],
    ['Time', `first byte after ${formatMs(firstByteMs)}, over after ${formatMs(totalMs)}`],
    attemptsLine(record),
  ])
  const { trail } = record
  if (trail === undefined) return `${head}\n\n${plainText(record)}`
  return `${head}\n\n${indent(timeline(trail, totalMs, columns))}`
}

function attemptsLine({ attempts, upstream, hedged, resumed }: AccessRecord): readonly [string, string] | undefined {
  if (attempts === undefined) return undefined
  const more = [
    counted(attempts, 'attempt'),
    hedged ? 'hedged' : undefined,
    resumed === undefined ? undefined : `resumed ${resumed} ×`,
    `${upstream} answered last`,
  ]
  return ['Upstream', more.filter((word) => word !== undefined).join(', ')]
}

/** No steps are kept of requests that went as they should. */
function plainText({ attempts, store }: AccessRecord): string {
  if (attempts !== undefined) return 'One attempt, and nothing to tell of it.'
  return store === undefined ? 'It was answered before any store was asked.' : `The store (${store}) answered it.`
}

function timeline(trail: readonly TrailStep[], totalMs: number, columns: number): string {
  const cells = Math.max(barCellsMin, Math.min(barCellsMax, columns - textCells))
  const endMs = Math.max(totalMs, ...trail.map(({ atMs, tookMs = 0 }) => atMs + tookMs), 0.001)
  const rows = [...trail]
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ atMs, by, what, tookMs }) => [
      formatMs(atMs),
      tookMs === undefined ? '' : formatMs(tookMs),
      span(atMs / endMs, (tookMs ?? 0) / endMs, cells),
      by,
      what,
    ])
  return table(
    [
      { right: 'AT' },
      { right: 'TOOK' },
      `0 ${'ms'.padEnd(cells - formatMs(endMs).length)}${formatMs(endMs)}`,
      'BY',
      'WHAT',
    ],
    rows,
  )
}

/** `|   ===    |`: from where, and for how much, of the whole. What takes no time is a dot. */
function span(from: number, share: number, cells: number): string {
  const first = Math.min(cells - 1, Math.floor(from * cells))
  const length = Math.max(1, Math.min(cells - first, Math.round(share * cells)))
  const mark = share === 0 ? '·' : '='
  return `|${' '.repeat(first)}${mark.repeat(length)}${' '.repeat(cells - first - length)}|`
}
