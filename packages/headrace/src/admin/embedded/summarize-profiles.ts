import { domainOf, takesData } from '../../store/embedded/placement/crush-tree.ts'
import type { MapDevice, Pool, StoreMap } from '../../store/embedded/placement/store-map.ts'
import type { PoolSummary, Profile } from '../store-reports.ts'

/** How new data is protected by a map, the rules of buckets first. */
export function summarizeProfiles(map: StoreMap): Profile[] {
  return map.rules.map(({ bucket, storageClass, pools }) => {
    const large = poolOf(map, pools.large)
    const { deviceClass, failureDomain } = large
    return {
      ...{ deviceClass, storageClass, failureDomain },
      bucket: bucket ?? null,
      small: summarizePool(poolOf(map, pools.small)),
      large: summarizePool(large),
      drives: devicesFor(map, large).length,
    }
  })
}

/** The pools that new data takes. */
export function poolsInUse(map: StoreMap): Pool[] {
  const used = new Set(map.rules.flatMap(({ pools }) => [pools.small, pools.large]))
  return map.pools.filter(({ id }) => used.has(id))
}

/** Drives that chunks of a pool can go to. */
export function devicesFor(map: StoreMap, { deviceClass }: Pick<Pool, 'deviceClass'>): MapDevice[] {
  return map.devices.filter((device) => device.deviceClass === deviceClass && takesData(device))
}

/** Failure domains of a pool in which a drive is up: so many chunks of a data can be written. */
export function domainsUp(map: StoreMap, pool: Pool): number {
  const up = devicesFor(map, pool).filter(({ isUp }) => isUp)
  return new Set(up.map((device) => Object.values(domainOf(device, pool.failureDomain)).join(' '))).size
}

function poolOf(map: StoreMap, id: number): Pool {
  return map.pools.find((pool) => pool.id === id) as Pool
}

function summarizePool({ id, k, m }: Pool): PoolSummary {
  return { pool: id, k, m }
}
