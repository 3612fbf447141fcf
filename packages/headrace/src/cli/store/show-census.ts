import type { CensusReport } from '../../admin/store-reports.ts'
import { bar, counted, formatBytes, formatCount, formatDuration, formatTime } from './format.ts'
import { showWidth } from './show-status.ts'
import { facts, right, table } from './table.ts'

const barCells = 20

/** Stripes by how many of their chunks can be read, and the objects that cannot be. */
export function showCensus(census: CensusReport): string {
  const { verdict, startedMs, finishedMs, rows, bytes, misplacedChunks, lost, lostRows } = census
  const head = facts([
    ['Verdict', verdict],
    ['Taken', `${formatTime(startedMs)}, in ${formatDuration(finishedMs - startedMs)}`],
    ['Data rows', `${formatCount(rows)}, ${formatBytes(bytes)}`],
    misplacedChunks === 0 ? undefined : ['Misplaced', counted(misplacedChunks, 'chunk')],
  ])
  const widths = [...census.widths].sort((a, b) => a.pool - b.pool || b.readableChunks - a.readableChunks)
  const lines = widths.map(({ pool, k, m, readableChunks, rows: count, bytes: size }) => [
    String(pool),
    showWidth({ k, m }),
    `${readableChunks} of ${k + m}`,
    bar(rows === 0 ? 0 : count / rows, barCells),
    formatCount(count),
    formatBytes(size),
    readableChunks === k + m ? '' : readableChunks < k ? 'lost' : 'degraded',
  ])
  const histogram = table(['POOL', 'WIDTH', 'READABLE', '', right('ROWS'), right('BYTES'), ''], lines)
  return [head, histogram, ...(lostRows === 0 ? [] : [showLost(lost, lostRows)])].join('\n\n')
}

function showLost(lost: CensusReport['lost'], lostRows: number): string {
  const rows = lost.map(({ bucket, key, dataId, readableChunks, k }) => [
    `${bucket}/${key}`,
    `${readableChunks}, needs ${k}`,
    dataId,
  ])
  const more = lostRows > lost.length ? `\n… and ${formatCount(lostRows - lost.length)} more data rows` : ''
  return `${table(['LOST OBJECT', 'READABLE CHUNKS', 'DATA'], rows)}${more}`
}
