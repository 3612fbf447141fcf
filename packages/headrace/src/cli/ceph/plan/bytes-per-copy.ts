import { type Cluster, type Pool, pgKey } from '@headrace/crush'
import type { OsdDump, PgStats } from '../answers.ts'

/** Of one copy, or one chunk of each stripe, in bytes, by pool and number of the placement group. */
export type BytesPerCopy = (pool: Pool, pg: number) => number

/**
 * What each OSD of a placement group holds for it, from the cluster's statistics. An erasure pool's bytes are divided by
 * its data chunks; that a stripe is padded is left out, as are indexes (omap) and what an OSD needs for itself.
 * @throws Error for an erasure profile that does not tell its data chunks
 */
export function bytesPerCopy(cluster: Cluster, dump: OsdDump, stats: PgStats): BytesPerCopy {
  const bytes = new Map(stats.map(({ pgid, stat_sum }) => [pgid, Math.max(0, stat_sum.num_bytes)]))
  const shares = new Map(cluster.pools.map((pool) => [pool.id, pool.kind === 'erasure' ? dataChunks(pool, dump) : 1]))
  return (pool, pg) => (bytes.get(pgKey(pool.id, pg)) ?? 0) / (shares.get(pool.id) ?? 1)
}

function dataChunks(pool: Pool, dump: OsdDump): number {
  const name = dump.pools.find((each) => each.pool === pool.id)?.erasure_code_profile ?? ''
  const profile = dump.erasure_code_profiles[name]
  // Profiles of the lrc plugin may say it by a mapping instead, D for each data chunk.
  const count = Number(profile?.k ?? profile?.mapping?.replaceAll(/[^D]/g, '').length ?? 0)
  if (count >= 1) return count
  throw new Error(`Pool ${pool.name}: its erasure profile ${name} does not say how many data chunks it has (k).`)
}
