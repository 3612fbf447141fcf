// What is read of Ceph's answers. Names are Ceph's own; what is not used is left out.
import { z } from 'zod'

const count = z.number().min(0)

export const osdDumpSchema = z.object({
  epoch: count,
  fsid: z.string(),
  flags_set: z.array(z.string()).default([]),
  nearfull_ratio: z.number().default(0.85),
  osds: z.array(
    z.object({
      osd: count,
      up: z.number(),
      in: z.number(),
      /** The reweight, 0 to 1. */
      weight: z.number(),
      primary_affinity: z.number().default(1),
    }),
  ),
  pools: z.array(
    z.object({
      pool: count,
      pool_name: z.string(),
      type: z.number(),
      size: count,
      min_size: count,
      crush_rule: count,
      pg_num: count,
      pg_placement_num: count,
      pg_num_target: count.optional(),
      pg_placement_num_target: count.optional(),
      erasure_code_profile: z.string().default(''),
      stripe_width: count.default(0),
    }),
  ),
  erasure_code_profiles: z.record(z.string(), z.record(z.string(), z.string())).default({}),
})
export type OsdDump = z.output<typeof osdDumpSchema>

export const osdDfSchema = z.object({
  nodes: z.array(z.object({ id: z.number(), kb: count, kb_used: count, pgs: count.default(0) })),
})
export type OsdDf = z.output<typeof osdDfSchema>

const pgStatsSchema = z.array(
  z.object({ pgid: z.string(), state: z.string(), stat_sum: z.object({ num_bytes: z.number() }) }),
)
export type PgStats = z.output<typeof pgStatsSchema>

/** Of `pg dump`, `pg dump pgs` and `pg ls`, in the forms that releases print. */
export const pgDumpSchema = z.union([
  pgStatsSchema,
  z.object({ pg_stats: pgStatsSchema }).transform(({ pg_stats }) => pg_stats),
  z.object({ pg_map: z.object({ pg_stats: pgStatsSchema }) }).transform(({ pg_map }) => pg_map.pg_stats),
])

export const statusSchema = z.object({
  fsid: z.string(),
  health: z.object({
    status: z.string(),
    checks: z
      .record(z.string(), z.object({ summary: z.object({ message: z.string() }), muted: z.boolean().default(false) }))
      .default({}),
  }),
  osdmap: z.object({ num_osds: count, num_up_osds: count, num_in_osds: count }),
  pgmap: z.object({
    pgs_by_state: z.array(z.object({ state_name: z.string(), count })),
    num_pgs: count,
    num_objects: count.default(0),
    data_bytes: count.default(0),
    bytes_used: count,
    bytes_avail: count,
    bytes_total: count,
    degraded_ratio: count.default(0),
    misplaced_ratio: count.default(0),
    recovering_bytes_per_sec: count.default(0),
    read_bytes_sec: count.default(0),
    write_bytes_sec: count.default(0),
    read_op_per_sec: count.default(0),
    write_op_per_sec: count.default(0),
  }),
})
export type StatusAnswer = z.output<typeof statusSchema>

export const dfSchema = z.object({
  pools: z.array(
    z.object({
      id: count,
      name: z.string(),
      stats: z.object({ stored: count, objects: count, bytes_used: count, percent_used: count, max_avail: count }),
    }),
  ),
})
export type DfAnswer = z.output<typeof dfSchema>
