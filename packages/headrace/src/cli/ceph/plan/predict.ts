import { deviceShares, none, type Pool, pgKey } from '@headrace/crush'
import type { ClusterState } from '../cluster-state.ts'
import type { BytesPerCopy } from './bytes-per-copy.ts'
import { type Placed, placePool } from './place.ts'

/** A placement group that does not stay as it is. */
export interface MovedPg {
  /** `3.1f` */
  readonly pgid: string
  readonly before: readonly number[]
  readonly after: readonly number[]
  readonly primaryBefore: number
  readonly primaryAfter: number
  /** That travel: what OSDs must get that do not hold it. 0 where only the primary changes. */
  readonly movedBytes: number
}

export interface PoolPrediction {
  readonly id: number
  readonly name: string
  readonly kind: 'replicated' | 'erasure'
  readonly pgCount: number
  /** Placement groups of which a copy or chunk travels, and how many of those there are. */
  readonly movedPgs: number
  readonly movedCopies: number
  readonly movedBytes: number
  /** The least that must travel for OSDs to be as full in the end. */
  readonly minimumBytes: number
  /** The least that must travel for every OSD to hold its share by weight, from such shares. */
  readonly minimumBytesByWeight: number
  readonly totalBytes: number
  /** Placement groups that get another primary. */
  readonly primaryChanges: number
  /** Placement groups with fewer OSDs than the pool's size in the end that had more before. */
  readonly shrunkPgs: number
}

/** What an OSD holds and exchanges, in bytes of objects. */
export interface OsdPrediction {
  readonly id: number
  readonly bytesBefore: number
  readonly bytesAfter: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly pgsBefore: number
  readonly pgsAfter: number
}

export interface Prediction {
  readonly pools: readonly PoolPrediction[]
  /** Every OSD that holds something before or after, by id. */
  readonly osds: readonly OsdPrediction[]
  readonly pgs: readonly MovedPg[]
}

/** What the change from one state to the other moves. Costs two placements for each placement group. */
export function predict(before: ClusterState, after: ClusterState, bytesOf: BytesPerCopy): Prediction {
  const ledger = new Ledger()
  const pgs: MovedPg[] = []
  const pools = before.cluster.pools.map((pool) => {
    const from = placePool(before, pool)
    const to = placePool(after, pool)
    const ofPool = new Ledger()
    const moved = from.map((placed, pg) => {
      const bytes = bytesOf(pool, pg)
      const copies = ofPool.enter(pool, placed, to[pg] as Placed, bytes)
      return describe(pool, pg, placed, to[pg] as Placed, copies * bytes)
    })
    pgs.push(...moved.filter((pg) => pg !== undefined))
    ledger.addAll(ofPool)
    return summarize(pool, ofPool, from, to, shareMoved(before, after, pool))
  })
  return { pools, osds: ledger.osds(), pgs }
}

/** How many copies or chunks an OSD must get. Of a chunk the position is part of what it is, of a copy it is not. */
export function gained({ kind }: Pick<Pool, 'kind'>, before: readonly number[], after: readonly number[]): number[] {
  const holds = (osd: number, position: number) =>
    kind === 'erasure' ? before[position] === osd : before.includes(osd)
  return after.filter((osd, position) => osd !== none && !holds(osd, position))
}

function describe(pool: Pool, pg: number, before: Placed, after: Placed, movedBytes: number): MovedPg | undefined {
  const isMoved = gained(pool, before.up, after.up).length + gained(pool, after.up, before.up).length > 0
  if (!isMoved && before.primary === after.primary) return undefined
  return {
    pgid: pgKey(pool.id, pg),
    before: before.up,
    after: after.up,
    primaryBefore: before.primary,
    primaryAfter: after.primary,
    movedBytes,
  }
}

function summarize(
  pool: Pool,
  ledger: Ledger,
  before: readonly Placed[],
  after: readonly Placed[],
  shareMovedByWeight: number,
): PoolPrediction {
  const osds = ledger.osds()
  const sum = (pick: (osd: OsdPrediction) => number) => osds.reduce((total, osd) => total + pick(osd), 0)
  const gains = before.map(({ up }, pg) => gained(pool, up, (after[pg] as Placed).up).length)
  const totalBytes = sum((osd) => osd.bytesAfter)
  const count = (isSo: (from: Placed, to: Placed) => boolean) =>
    before.filter((from, pg) => isSo(from, after[pg] as Placed)).length
  return {
    id: pool.id,
    name: pool.name,
    kind: pool.kind,
    pgCount: pool.pgCount,
    movedPgs: gains.filter((gain) => gain > 0).length,
    movedCopies: gains.reduce((total, gain) => total + gain, 0),
    movedBytes: sum((osd) => osd.bytesIn),
    minimumBytes: sum((osd) => Math.max(0, osd.bytesAfter - osd.bytesBefore)),
    minimumBytesByWeight: totalBytes * shareMovedByWeight,
    totalBytes,
    primaryChanges: count((from, to) => from.primary !== to.primary),
    shrunkPgs: count((from, to) => holders(to) < pool.size && holders(to) < holders(from)),
  }
}

function holders({ up }: Placed): number {
  return up.filter((osd) => osd !== none).length
}

/** The part of all data (0 to 1) that has to change OSDs when shares by weight change. */
function shareMoved(before: ClusterState, after: ClusterState, pool: Pool): number {
  const old = deviceShares(before.map, pool.rule, before.cluster.deviceWeights)
  const fresh = deviceShares(after.map, pool.rule, after.cluster.deviceWeights)
  return [...fresh].reduce((sum, [device, share]) => sum + Math.max(0, share - (old.get(device) ?? 0)), 0)
}

type Account = { -readonly [field in Exclude<keyof OsdPrediction, 'id'>]: OsdPrediction[field] }

/** What each OSD holds before and after, gets and gives away. */
class Ledger {
  readonly #accounts = new Map<number, Account>()

  /** Enters a placement group of which each OSD holds so many bytes. Returns how many copies travel. */
  enter(pool: Pool, before: Placed, after: Placed, bytes: number): number {
    for (const osd of before.up) if (osd !== none) this.#add(osd, { bytesBefore: bytes, pgsBefore: 1 })
    for (const osd of after.up) if (osd !== none) this.#add(osd, { bytesAfter: bytes, pgsAfter: 1 })
    const incoming = gained(pool, before.up, after.up)
    for (const osd of incoming) this.#add(osd, { bytesIn: bytes })
    for (const osd of gained(pool, after.up, before.up)) this.#add(osd, { bytesOut: bytes })
    return incoming.length
  }

  addAll(other: Ledger): void {
    for (const [osd, account] of other.#accounts) this.#add(osd, account)
  }

  osds(): OsdPrediction[] {
    return [...this.#accounts].sort(([a], [b]) => a - b).map(([id, account]) => ({ id, ...account }))
  }

  #add(osd: number, amounts: Partial<Account>): void {
    const account = this.#accounts.get(osd) ?? {
      bytesBefore: 0,
      bytesAfter: 0,
      bytesIn: 0,
      bytesOut: 0,
      pgsBefore: 0,
      pgsAfter: 0,
    }
    for (const [field, amount] of Object.entries(amounts) as [keyof Account, number][]) account[field] += amount
    this.#accounts.set(osd, account)
  }
}
