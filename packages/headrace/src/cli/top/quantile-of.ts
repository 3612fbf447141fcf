import type { RequestFigures } from '../../admin/server/server-admin.ts'

/**
 * A quantile of a histogram, as Prometheus reckons it: values are taken to lie evenly between the bounds of their bin. Of
 * those above the last bound, it is all that is known.
 * @param bins cumulative
 * @param share such as 0.99
 * @returns undefined when nothing was counted
 */
export function quantileOf(bins: RequestFigures['firstByte'], share: number): number | undefined {
  const total = bins.at(-1)?.count ?? 0
  if (total === 0) return undefined
  const wanted = share * total
  let msMin = 0
  let below = 0
  for (const { msMax, count } of bins) {
    if (msMax === null) return msMin
    if (count >= wanted) return msMin + ((msMax - msMin) * (wanted - below)) / Math.max(1, count - below)
    msMin = msMax
    below = count
  }
  return msMin
}
