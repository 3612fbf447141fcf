import type { WorkerStatus } from '../../admin/store-reports.ts'
import { bar, formatBytes, formatDuration, formatPercent } from './format.ts'

const barCells = 24

/** For a terminal, where the line is drawn again and again. */
export function progressLine(status: WorkerStatus): string {
  const share = shareOf(status)
  return [status.name, share === undefined ? undefined : bar(share, barCells), ...figures(status), status.note]
    .filter(Boolean)
    .join('  ')
}

/** For a log, and for `status`. */
export function progressText(status: WorkerStatus): string {
  const text = figures(status).join(', ')
  return `${status.name}: ${text}${status.note === '' ? '' : ` (${status.note})`}`
}

/** How far, of how much, how fast, how long still. */
export function figures(status: WorkerStatus): string[] {
  const { doneBytes, totalBytes, rateBytesPerS, etaMs } = status
  const share = shareOf(status)
  const done = formatBytes(doneBytes)
  const known = [
    share === undefined ? undefined : formatPercent(share),
    totalBytes === null ? done : `${done} of ${formatBytes(totalBytes)}`,
    rateBytesPerS > 0 ? `${formatBytes(rateBytesPerS)}/s` : undefined,
    etaMs === null ? undefined : `${formatDuration(etaMs)} left`,
  ]
  return known.filter((figure) => figure !== undefined)
}

function shareOf({ doneBytes, totalBytes }: WorkerStatus): number | undefined {
  if (totalBytes === null) return undefined
  return totalBytes === 0 ? 1 : Math.min(1, doneBytes / totalBytes)
}
