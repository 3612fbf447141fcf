// Which pools new data takes, and what replaces those of before. Each rule has pools of its own: they are replaced with it.
import { blockBytes } from '../data/pool.ts'
import { domainOf } from './crush-tree.ts'
import { MapEditError } from './map-edit-error.ts'
import { automaticProfile, formatProfile, type Profile, type ProfileBySize } from './profiles.ts'
import type { FailureDomain, MapDevice, Pool, PoolRule, PoolsBySize, StoreMap } from './store-map.ts'

/** With so many, drives fill evenly to two percent; with 512 to twenty. */
const pgCount = 32_768

/** Storage classes of S3 that take drives of class `cold`, where there are any; all others take `hot`. */
const coldStorageClasses = ['STANDARD_IA', 'GLACIER_IR']

export const storageClasses: readonly string[] = ['STANDARD', ...coldStorageClasses]

/** Data that a rule is for. */
type RuleKey = Pick<PoolRule, 'bucket' | 'storageClass'>

/** What a rule is to have. */
interface Wanted extends RuleKey {
  readonly profile: ProfileBySize
  readonly deviceClass: string
  readonly failureDomain: FailureDomain
  readonly byOperator: boolean
}

/** What an operator sets for a storage class, or for one bucket. */
export interface ProfileSetting {
  /** Undefined for every bucket that has no setting of its own. */
  readonly bucket?: string | undefined
  readonly storageClass: string
  /** See `parseProfile`; `auto` to follow the number of drives again. */
  readonly profile: ProfileBySize | 'auto'
  /** The storage class decides by default. */
  readonly deviceClass?: string | undefined
  /** `drive` by default. */
  readonly failureDomain?: FailureDomain | undefined
}

/**
 * Sets a profile. New data takes it at once. Data of before follows when the setting is for every bucket; that of one
 * bucket stays where it is, unless it was written under an earlier setting of that bucket.
 * @throws MapEditError when there are not enough drives, or hosts, or racks
 */
export function setProfile(map: StoreMap, setting: ProfileSetting): StoreMap {
  const { bucket, storageClass, profile, failureDomain = 'drive' } = setting
  if (!storageClasses.includes(storageClass)) {
    throw new MapEditError(`storage class ${storageClass} has no profile: there are ${storageClasses.join(', ')}`)
  }
  if (profile === 'auto') return followDrives(withoutSetting(map, { bucket, storageClass }))
  const deviceClass = setting.deviceClass ?? deviceClassFor(map, storageClass)
  const wanted = { bucket, storageClass, profile, deviceClass, failureDomain, byOperator: true }
  requireRoom(map, wanted)
  return withRule(map, wanted)
}

/**
 * The rules that follow from the drives there are: pools of each class as its number of drives says. What an operator
 * set stays. Drives that are out count, for profiles never change because a drive fails.
 * @throws MapEditError when drives are too few for what an operator set, or STANDARD has none
 */
export function followDrives(map: StoreMap): StoreMap {
  if (countDomains(map, 'hot', 'drive') === 0) {
    throw new MapEditError('no drive of class hot would be left, which STANDARD data is kept on: add one first')
  }
  let edited = map
  for (const storageClass of storageClasses) {
    const rule = ruleOf(edited, { bucket: undefined, storageClass })
    const deviceClass = deviceClassFor(edited, storageClass)
    // A class that once had drives of its own keeps its rule, so that its data is known when it has some again.
    const isNeeded = storageClass === 'STANDARD' || deviceClass === 'cold' || rule !== undefined
    if (!isNeeded || rule?.byOperator) continue
    const profile = automaticProfile(countDomains(edited, deviceClass, 'drive'))
    const key = { bucket: undefined, storageClass }
    edited = withRule(edited, { ...key, profile, deviceClass, failureDomain: 'drive', byOperator: false })
  }
  for (const rule of edited.rules) if (rule.byOperator) requireRoom(edited, asWanted(edited, rule))
  return edited
}

function deviceClassFor(map: StoreMap, storageClass: string): string {
  return coldStorageClasses.includes(storageClass) && countDomains(map, 'cold', 'drive') > 0 ? 'cold' : 'hot'
}

/** Drives of a class, or what else failure domains are. One that an operator takes away does not count. */
function countDomains(map: StoreMap, deviceClass: string, domain: FailureDomain): number {
  const counts = (device: MapDevice) => device.deviceClass === deviceClass && device.membership !== 'leaving'
  const names = map.devices.filter(counts).map((device) => Object.values(domainOf(device, domain)).join(' '))
  return new Set(names).size
}

function requireRoom(map: StoreMap, { bucket, storageClass, profile, deviceClass, failureDomain }: Wanted): void {
  const count = countDomains(map, deviceClass, failureDomain)
  const needed = Math.max(...[profile.small, profile.large].map(({ k, m }) => k + m))
  if (count >= needed) return
  const whose = bucket === undefined ? storageClass : `${storageClass} in bucket ${bucket}`
  throw new MapEditError(
    `profile ${formatProfile(profile.large)} of ${whose} needs ${needed} ${failureDomain}s with drives of class ` +
      `${deviceClass}, and there would be ${count}: add drives, or set another profile`,
  )
}

function ruleOf(map: StoreMap, { bucket, storageClass }: RuleKey): PoolRule | undefined {
  return map.rules.find((rule) => rule.bucket === bucket && rule.storageClass === storageClass)
}

function poolOf(map: StoreMap, id: number): Pool {
  const pool = map.pools.find((each) => each.id === id)
  if (pool === undefined) throw new MapEditError(`the map has no pool ${id}`)
  return pool
}

function asWanted(map: StoreMap, { bucket, storageClass, pools, byOperator = false }: PoolRule): Wanted {
  const large = poolOf(map, pools.large)
  const profile = { small: poolOf(map, pools.small), large }
  return {
    bucket,
    storageClass,
    profile,
    deviceClass: large.deviceClass,
    failureDomain: large.failureDomain,
    byOperator,
  }
}

/** Gives a rule its pools: those it has or once had where they are the same, new ones otherwise. */
function withRule(map: StoreMap, wanted: Wanted): StoreMap {
  const rule = ruleOf(map, wanted)
  const usable = rule === undefined ? [] : map.pools.filter((pool) => isOwn(map, pool, rule.pools))
  const made: Pool[] = []
  const take = (profile: Profile): number => {
    const shape = { k: profile.k, m: profile.m, deviceClass: wanted.deviceClass, failureDomain: wanted.failureDomain }
    const same = usable.find((pool) => isOfShape(pool, shape))
    if (same !== undefined) return same.id
    const pool = { id: map.nextPool + made.length, ...shape, pgCount, blockBytes }
    made.push(pool)
    usable.push(pool)
    return pool.id
  }
  const pools = { small: take(wanted.profile.small), large: take(wanted.profile.large) }
  const grown = { ...map, nextPool: map.nextPool + made.length, pools: [...map.pools, ...made] }
  return withPools(rule === undefined ? grown : replacePools(grown, rule.pools, pools), wanted, pools)
}

/** Whether a pool is a rule's, now or before: data of it goes to pools that are. */
function isOwn(map: StoreMap, pool: Pool, { small, large }: PoolsBySize): boolean {
  let last = pool
  while (last.replacedBy !== undefined) last = poolOf(map, last.replacedBy.large)
  return last.id === small || last.id === large
}

function isOfShape(pool: Pool, shape: Pick<Pool, 'k' | 'm' | 'deviceClass' | 'failureDomain'>): boolean {
  return (
    pool.k === shape.k &&
    pool.m === shape.m &&
    pool.deviceClass === shape.deviceClass &&
    pool.failureDomain === shape.failureDomain &&
    pool.pgCount === pgCount &&
    pool.blockBytes === blockBytes
  )
}

/** Data of the old pools goes to the new ones. Those that are taken again are replaced no longer. */
function replacePools(map: StoreMap, old: PoolsBySize, by: PoolsBySize): StoreMap {
  const pools = map.pools.map((pool): Pool => {
    if (pool.id === by.small || pool.id === by.large) {
      const { replacedBy: _, ...current } = pool
      return current
    }
    return pool.id === old.small || pool.id === old.large ? { ...pool, replacedBy: by } : pool
  })
  return { ...map, pools }
}

/** Rules of buckets come first, then the storage classes in their order. */
function withPools(map: StoreMap, { bucket, storageClass, byOperator }: Wanted, pools: PoolsBySize): StoreMap {
  const others = map.rules.filter((rule) => rule.bucket !== bucket || rule.storageClass !== storageClass)
  const rule: PoolRule = { bucket, storageClass, pools, ...(byOperator && { byOperator }) }
  const order = (each: PoolRule) => (each.bucket === undefined ? 1 : 0) * 10 + storageClasses.indexOf(each.storageClass)
  return { ...map, rules: [...others, rule].sort((a, b) => order(a) - order(b)) }
}

/** A rule for every bucket follows the drives again. That of one bucket goes, and its data where all of its class goes. */
function withoutSetting(map: StoreMap, key: RuleKey): StoreMap {
  const rule = ruleOf(map, key)
  if (rule === undefined) return map
  if (key.bucket === undefined) {
    const { byOperator: _, ...automatic } = rule
    return { ...map, rules: map.rules.map((each) => (each === rule ? automatic : each)) }
  }
  const heir =
    ruleOf(map, { ...key, bucket: undefined }) ?? ruleOf(map, { bucket: undefined, storageClass: 'STANDARD' })
  const rules = map.rules.filter((each) => each !== rule)
  return heir === undefined ? map : replacePools({ ...map, rules }, rule.pools, heir.pools)
}
