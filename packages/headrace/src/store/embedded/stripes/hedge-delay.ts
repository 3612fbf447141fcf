import type { ReadRequest } from './read-request.ts'

/** A read that is not late yet is not looked at: most are over by then. */
export const hedgeDelayMsMin = 5
const hedgeDelayMsMax = 1_000

/**
 * How long a chunk is waited for before another is asked for as well: as long as all but a twentieth of the reads take
 * on the drives that have the data. Of their p95 the lower median counts, so that a slow drive does not excuse itself.
 */
export function hedgeDelayMs({ data, options }: ReadRequest): number {
  const p95s: number[] = []
  for (const location of data.chunks) {
    const drive = location.kind === 'missing' ? undefined : options.drives.get(location.device)
    if (drive !== undefined) p95s.push(drive.health.readP95Ms)
  }
  p95s.sort((a, b) => a - b)
  const median = p95s[(p95s.length - 1) >> 1] ?? 0
  return Math.min(hedgeDelayMsMax, Math.max(hedgeDelayMsMin, median))
}
