import type { StoreMap } from '../../store/embedded/placement/store-map.ts'
import { domainsUp, poolsInUse } from './summarize-profiles.ts'
import type { Survey } from './survey.ts'

/**
 * One line: what may fail before anything is lost. It goes by the data that can lose least, by what new data would be
 * protected with, and by the drives with the index.
 */
export function describeProtection(map: StoreMap, { leastSpare }: Pick<Survey, 'leastSpare'>): string {
  const pools = poolsInUse(map)
  const wanted = Math.min(...pools.map(({ m }) => m))
  const ofNewData = pools.map((pool) => Math.min(pool.m, domainsUp(map, pool) - pool.k))
  const ofIndex = map.devices.filter(({ id, isUp }) => isUp && map.indexDevices.includes(id)).length - 1
  const spare = Math.min(leastSpare ?? wanted, ofIndex, ...ofNewData)
  const domain = pools.every(({ failureDomain }) => failureDomain === pools[0]?.failureDomain)
    ? (pools[0]?.failureDomain ?? 'drive')
    : 'drive'
  const whenWell = mayFail(wanted, domain, map.devices.length)
  if (spare >= wanted) return whenWell
  const now = spare < 0 ? 'too many drives are missing: some data cannot be read, or not be written' : left(spare)
  return `${now}; when all is well again, ${whenWell}`
}

function mayFail(count: number, domain: string, drives: number): string {
  if (count === 0) return `nothing survives the loss of ${drives === 1 ? 'this' : 'a'} drive`
  return `any ${count} ${domain}${count === 1 ? '' : 's'} may fail`
}

function left(spare: number): string {
  return spare === 0 ? 'no more drive may fail' : `${spare} more drive${spare === 1 ? '' : 's'} may fail`
}
