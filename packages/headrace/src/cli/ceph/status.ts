import type { Command } from 'commander'
import type { DfAnswer, OsdDump, StatusAnswer } from './answers.ts'
import { showStatus } from './show-status.ts'
import { type CephContext, type CephOptions, subcommand, withCeph } from './subcommand.ts'

/** A cluster on one screen. Sizes are in bytes, rates in bytes or operations a second, shares 0 to 1. */
export interface ClusterStatus {
  readonly fsid: string
  /** `HEALTH_OK`, `HEALTH_WARN`, `HEALTH_ERR` */
  readonly health: string
  readonly checks: readonly { readonly code: string; readonly message: string; readonly isMuted: boolean }[]
  readonly osds: { readonly count: number; readonly up: number; readonly in: number }
  readonly pgs: { readonly count: number; readonly byState: Readonly<Record<string, number>> }
  readonly objects: number
  /** Of objects, once. */
  readonly storedBytes: number
  readonly usedBytes: number
  readonly totalBytes: number
  readonly degradedShare: number
  readonly misplacedShare: number
  readonly recoveryBytesPerS: number
  readonly client: Readonly<Record<'readBytesPerS' | 'writeBytesPerS' | 'readsPerS' | 'writesPerS', number>>
  readonly pools: readonly PoolStatus[]
}

export interface PoolStatus {
  readonly id: number
  readonly name: string
  readonly kind: 'replicated' | 'erasure'
  readonly size: number
  readonly minSize: number
  readonly rule: number
  readonly pgCount: number
  readonly objects: number
  readonly storedBytes: number
  readonly usedBytes: number
  /** Of what the pool could hold. */
  readonly usedShare: number
  /** What can still be stored, once. */
  readonly freeBytes: number
}

export function statusCommand(context: CephContext): Command {
  const description = 'Show a cluster on one screen: health, OSDs, placement groups, pools, usage.'
  return subcommand('status', description, ['status', 'df', 'osdDump']).action((options: CephOptions) =>
    withCeph(context, options, async ({ source, show }) => {
      const questions = [source.answer('status'), source.answer('df'), source.answer('osdDump')] as const
      const status = toStatus(...(await Promise.all(questions)))
      show(status, () => showStatus(status))
    }),
  )
}

function toStatus({ fsid, health, osdmap, pgmap }: StatusAnswer, df: DfAnswer, dump: OsdDump): ClusterStatus {
  return {
    fsid,
    health: health.status,
    checks: Object.entries(health.checks).map(([code, { summary, muted }]) => ({
      code,
      message: summary.message,
      isMuted: muted,
    })),
    osds: { count: osdmap.num_osds, up: osdmap.num_up_osds, in: osdmap.num_in_osds },
    pgs: {
      count: pgmap.num_pgs,
      byState: Object.fromEntries(pgmap.pgs_by_state.map(({ state_name, count }) => [state_name, count])),
    },
    objects: pgmap.num_objects,
    storedBytes: pgmap.data_bytes,
    usedBytes: pgmap.bytes_used,
    totalBytes: pgmap.bytes_total,
    degradedShare: pgmap.degraded_ratio,
    misplacedShare: pgmap.misplaced_ratio,
    recoveryBytesPerS: pgmap.recovering_bytes_per_sec,
    client: {
      readBytesPerS: pgmap.read_bytes_sec,
      writeBytesPerS: pgmap.write_bytes_sec,
      readsPerS: pgmap.read_op_per_sec,
      writesPerS: pgmap.write_op_per_sec,
    },
    pools: dump.pools.map((pool) => toPool(pool, df)),
  }
}

function toPool(pool: OsdDump['pools'][number], df: DfAnswer): PoolStatus {
  const stats = df.pools.find(({ id }) => id === pool.pool)?.stats
  return {
    id: pool.pool,
    name: pool.pool_name,
    kind: pool.type === erasureType ? 'erasure' : 'replicated',
    size: pool.size,
    minSize: pool.min_size,
    rule: pool.crush_rule,
    pgCount: pool.pg_num,
    objects: stats?.objects ?? 0,
    storedBytes: stats?.stored ?? 0,
    usedBytes: stats?.bytes_used ?? 0,
    usedShare: stats?.percent_used ?? 0,
    freeBytes: stats?.max_avail ?? 0,
  }
}

/** Ceph's number for the type of erasure pools. */
const erasureType = 3
