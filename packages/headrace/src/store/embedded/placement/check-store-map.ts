import { FormatError } from '../../../core/bytes.ts'
import { chunksMax } from './profiles.ts'
import type { Pool, StoreMap } from './store-map.ts'

/** Numbers of devices and pools are 16 bits in data rows. */
const idMax = 0xffff

/** More would take too much memory: each process keeps the set of every placement group. */
const pgCountMax = 1 << 20

/**
 * Checks what a map says against itself, before it is written and after it is read.
 * @throws FormatError for the first number that is taken twice, out of range, or of something that does not exist
 */
export function checkStoreMap(map: StoreMap): void {
  const devices = numbersOf('device', map.devices, 0, map.nextDevice - 1)
  const pools = numbersOf('pool', map.pools, 1, map.nextPool - 1)
  if (map.nextDevice > idMax + 1 || map.nextPool > idMax + 1) throw damaged(`its numbers exceed ${idMax}`)
  numbersOf('crush bucket', map.buckets, -idMax - 1, -1)
  for (const { id, host, rack } of map.devices) {
    requireBucket(map, `device ${id}`, 'host', host)
    if (rack !== undefined) requireBucket(map, `device ${id}`, 'rack', rack)
  }
  requireBucket(map, 'CRUSH', 'root', 'default')
  const requirePools = (whose: string, { small, large }: { small: number; large: number }) => {
    for (const id of [small, large])
      if (!pools.has(id)) throw damaged(`${whose} names pool ${id}, which does not exist`)
  }
  for (const pool of map.pools) {
    checkPool(pool)
    if (pool.replacedBy !== undefined) requirePools(`pool ${pool.id}`, pool.replacedBy)
  }
  for (const pool of map.pools) requireEnd(map, pool)
  for (const rule of map.rules) requirePools(`the rule for ${rule.storageClass}`, rule.pools)
  if (!map.rules.some(({ bucket, storageClass }) => bucket === undefined && storageClass === 'STANDARD')) {
    throw damaged('it has no rule for STANDARD')
  }
  for (const id of map.indexDevices) {
    if (!devices.has(id)) throw damaged(`the index is on device ${id}, which does not exist`)
  }
}

function damaged(why: string): FormatError {
  return new FormatError(`the map is not sound: ${why}`)
}

function numbersOf(what: string, all: readonly { readonly id: number }[], least: number, most: number): Set<number> {
  const numbers = new Set<number>()
  for (const { id } of all) {
    if (id < least || id > most) throw damaged(`${what} ${id} is not in ${least}…${most}`)
    if (numbers.has(id)) throw damaged(`${what} ${id} is there twice`)
    numbers.add(id)
  }
  return numbers
}

function requireBucket(map: StoreMap, whose: string, kind: string, name: string): void {
  if (!map.buckets.some((bucket) => bucket.kind === kind && bucket.name === name)) {
    throw damaged(`${whose} needs a crush bucket for ${kind} ${name}`)
  }
}

function checkPool({ id, k, m, pgCount, blockBytes }: Pool): void {
  if (k < 1 || k + m > chunksMax) throw damaged(`pool ${id} has ${k} + ${m} chunks`)
  const isPowerOfTwo = pgCount >= 1 && pgCount <= pgCountMax && (pgCount & (pgCount - 1)) === 0
  if (!isPowerOfTwo) throw damaged(`pool ${id} has ${pgCount} placement groups, which is no power of two`)
  if (blockBytes < 1) throw damaged(`pool ${id} has blocks of ${blockBytes} bytes`)
}

/** Data of each size must come to a pool that is not replaced. */
function requireEnd(map: StoreMap, pool: Pool): void {
  const pools = new Map(map.pools.map((each) => [each.id, each]))
  for (const size of ['small', 'large'] as const) {
    let end: Pool | undefined = pool
    for (let steps = 0; end?.replacedBy !== undefined; steps += 1) {
      if (steps > map.pools.length) throw damaged(`pool ${pool.id} is replaced by itself`)
      end = pools.get(end.replacedBy[size])
    }
  }
}
