/** What a number of drives hold together: chunks of one data never share a failure domain. */
export type FailureDomain = 'drive' | 'host' | 'rack'

/** How data of a pool is protected, cut, checked and placed. What a pool is never changes; new data takes a new pool. */
export interface Pool {
  readonly id: number
  /** Data chunks and coding chunks of a stripe; k = 1 keeps m further copies. */
  readonly k: number
  readonly m: number
  /** Placement groups, a power of two: how finely data is spread. */
  readonly pgCount: number
  /** Bytes that one checksum covers, and that one chunk has of a stripe. */
  readonly blockBytes: number
  /** Drives of this class only, such as `hot`. */
  readonly deviceClass: string
  readonly failureDomain: FailureDomain
  /** Its data is to be moved to these pools: by size, as new data is. Undefined as long as new data takes this pool. */
  readonly replacedBy?: PoolsBySize | undefined
}

/** The pools of a profile, by number: copies for small data, erasure coding for the rest. */
export interface PoolsBySize {
  readonly small: number
  readonly large: number
}

/**
 * - `in`: chunks belong on it.
 * - `leaving`: an operator takes it away; its chunks belong elsewhere, and are read and copied from it until it is empty.
 * - `out`: it was down for too long; its chunks belong elsewhere. When it comes back, it is `in` again.
 */
export type Membership = 'in' | 'leaving' | 'out'

/** A drive as the map knows it. */
export interface MapDevice {
  /** In data rows, and of the CRUSH device. Never used again for another drive. */
  readonly id: number
  /** In its device file. */
  readonly uuid: string
  /** Absolute; where it was last seen. */
  readonly path: string
  /** Of the file system that `path` was on: an empty folder on another one is a drive that is not mounted. */
  readonly fileSystemId: string
  readonly host: string
  readonly rack: string | undefined
  /** CRUSH device class: `hot` or `cold`, or another that pools name. */
  readonly deviceClass: string
  readonly capacityBytes: number
  readonly membership: Membership
  /** Whether it answers. */
  readonly isUp: boolean
  /** Since when it is down, in milliseconds of the epoch. */
  readonly downSinceMs: number | undefined
}

/** Which pools new data takes. The first rule that fits counts; the last has neither bucket nor, for its class, a rival. */
export interface PoolRule {
  /** Undefined for every bucket. */
  readonly bucket: string | undefined
  /** As S3 names it, such as STANDARD. */
  readonly storageClass: string
  readonly pools: PoolsBySize
  /** An operator chose the profile; otherwise it follows the number of drives. */
  readonly byOperator?: boolean | undefined
}

/** A crush bucket above the drives; its number takes part in placement, so it is kept. */
export interface MapBucket {
  /** Below zero. */
  readonly id: number
  readonly kind: 'root' | 'rack' | 'host'
  readonly name: string
}

/** A version of the map: its epoch, and the random term of the opening that wrote it. An opening keeps its term. */
export interface MapVersion {
  readonly epoch: number
  readonly term: number
}

/**
 * Everything that placement follows from, and which drives there are: the same on every drive of the store. Each change
 * makes a new map with the next epoch, which is on at least m + 1 drives before it is used.
 */
export interface StoreMap extends MapVersion {
  readonly storeId: string
  readonly changedMs: number
  /**
   * The last map of each opening before this one, newest first. Within an opening one process writes all maps, so a map
   * with a term of these and no later epoch is one of ours; any other was written by a store opened apart from us.
   */
  readonly lineage: readonly MapVersion[]
  readonly devices: readonly MapDevice[]
  /** The number of the next new drive, and of the next pool. */
  readonly nextDevice: number
  readonly nextPool: number
  readonly buckets: readonly MapBucket[]
  readonly pools: readonly Pool[]
  readonly rules: readonly PoolRule[]
  /** Drives that have the journal and the index. */
  readonly indexDevices: readonly number[]
}
