import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CephCluster } from '../../../tools/ceph/ceph-cluster.ts'
import { seededBytes } from '../../support/bytes.ts'
import { run } from '../../support/program.ts'
import { until } from '../../support/wait.ts'

const objectCount = 24
/** A whole number of stripes of an erasure pool. */
const objectBytes = 128 * 1024
export const poolBytes = objectCount * objectBytes
const patienceMs = 90_000

/** Copies or chunks by pool: what an OSD holds of an object is its size divided by `dataChunks`. */
export const realPools = [
  { name: 'copies', dataChunks: 1 },
  { name: 'chunks', dataChunks: 2 },
] as const

interface PgStat {
  readonly pgid: string
  readonly state: string
  readonly up: readonly number[]
  readonly up_primary: number
  readonly acting: readonly number[]
  readonly stat_sum: { readonly num_bytes: number; readonly num_bytes_recovered: number }
}

/** Makes a pool of copies and one of chunks, and waits until the cluster has counted the objects in them. */
export async function fillPools(cluster: CephCluster): Promise<void> {
  await cluster.sendCommands([
    { prefix: 'osd erasure-code-profile set', name: 'small', profile: ['k=2', 'm=1', 'crush-failure-domain=host'] },
    { prefix: 'osd pool create', pool: 'copies', pool_type: 'replicated', pg_num: 32, pgp_num: 32 },
    { prefix: 'osd pool set', pool: 'copies', var: 'size', val: '3' },
    {
      prefix: 'osd pool create',
      pool: 'chunks',
      pool_type: 'erasure',
      erasure_code_profile: 'small',
      pg_num: 16,
      pgp_num: 16,
    },
    { prefix: 'osd primary-affinity', id: 2, weight: 0.4 },
    { prefix: 'osd reweight', id: 1, weight: 0.8 },
  ])
  const file = join(cluster.folder, 'object')
  writeFileSync(file, seededBytes('an object', objectBytes))
  for (const { name } of realPools) {
    const names = Array.from({ length: objectCount }, (_, index) => `object-${index}`)
    await Promise.all(names.map((object) => run('rados', ['-c', cluster.conf, '-p', name, 'put', object, file])))
  }
  await until('the cluster counts the objects', patienceMs, async () => {
    const stats = await pgStats(cluster)
    const counted = stats.reduce((sum, { stat_sum }) => sum + stat_sum.num_bytes, 0)
    return counted >= realPools.length * poolBytes && stats.every(isClean)
  })
}

/** Statistics of the placement groups of the two pools. */
export async function pgStats(cluster: CephCluster): Promise<PgStat[]> {
  const pools = JSON.parse(await cluster.ceph('osd', 'pool', 'ls', 'detail', '--format', 'json')) as {
    pool_id: number
    pool_name: string
  }[]
  const ids = realPools.map(({ name }) => pools.find(({ pool_name }) => pool_name === name)?.pool_id)
  const { pg_stats } = JSON.parse(await cluster.ceph('pg', 'dump', 'pgs', '--format', 'json')) as { pg_stats: PgStat[] }
  return pg_stats.filter(({ pgid }) => ids.includes(Number(pgid.split('.')[0])))
}

/** Waits until the placement groups are where they belong and whole. */
export async function settle(cluster: CephCluster, isThere: (stat: PgStat) => boolean): Promise<PgStat[]> {
  let stats: PgStat[] = []
  await until('the placement groups are where they belong', patienceMs, async () => {
    stats = await pgStats(cluster)
    return stats.length > 0 && stats.every((stat) => isClean(stat) && isThere(stat))
  })
  return stats
}

function isClean({ state, up, acting }: PgStat): boolean {
  return state === 'active+clean' && String(up) === String(acting)
}
