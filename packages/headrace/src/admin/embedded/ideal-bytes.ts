import { takesData, weightOf } from '../../store/embedded/placement/crush-tree.ts'
import type { Placement } from '../../store/embedded/placement/placement.ts'
import type { Pool } from '../../store/embedded/placement/store-map.ts'

/**
 * What each drive should hold by its weight. A failure domain takes one chunk of a data at most, so one that is heavier
 * than that leaves the rest to the others.
 * @param poolBytes bytes of all chunks, by pool
 * @returns by device
 */
export function idealBytes(placement: Placement, poolBytes: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
  const ideal = new Map<number, number>()
  for (const [id, bytes] of poolBytes) {
    for (const [device, share] of deviceShares(placement, placement.pool(id))) {
      ideal.set(device, (ideal.get(device) ?? 0) + bytes * share)
    }
  }
  return ideal
}

function deviceShares(placement: Placement, pool: Pool): Map<number, number> {
  const { domains } = placement.treeOf(pool)
  const devices = placement.map.devices.filter((device) => takesData(device) && domains.has(device.id))
  const domainOf = (device: { readonly id: number }) => domains.get(device.id) as number
  const weights = new Map<number, number>()
  for (const device of devices) {
    weights.set(domainOf(device), (weights.get(domainOf(device)) ?? 0) + weightOf(device))
  }
  const shares = cappedShares(weights, 1 / Math.min(pool.k + pool.m, weights.size))
  return new Map(
    devices.map((device) => {
      const domain = domainOf(device)
      const inDomain = weightOf(device) / (weights.get(domain) as number)
      return [device.id, (shares.get(domain) as number) * inDomain]
    }),
  )
}

/** Shares of 1 by weight, none above the cap: what it cuts off is shared by the others. */
export function cappedShares(weights: ReadonlyMap<number, number>, cap: number): Map<number, number> {
  const shares = new Map<number, number>()
  for (;;) {
    const left = [...weights].filter(([id]) => !shares.has(id))
    const weight = left.reduce((sum, [, each]) => sum + each, 0)
    const rest = 1 - cap * shares.size
    const tooHeavy = left.filter(([, each]) => (rest * each) / weight > cap)
    for (const [id] of tooHeavy) shares.set(id, cap)
    if (tooHeavy.length > 0) continue
    for (const [id, each] of left) shares.set(id, (rest * each) / weight)
    return shares
  }
}
