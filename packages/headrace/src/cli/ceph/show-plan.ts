import { none } from '@headrace/crush'
import { counted, formatBytes, formatCount, formatPercent, formatRatio } from '../store/format.ts'
import { facts, right, table } from '../store/table.ts'
import type { OsdPlan, Plan } from './plan/plan.ts'
import type { MovedPg, PoolPrediction } from './plan/predict.ts'

/** What a change would move: in total against the minimum, by pool, by OSD, and each placement group when asked. */
export function showPlan(plan: Plan & { readonly outFirstBytes?: number }, listsPgs: boolean): string {
  const sections = [showTotals(plan), showPools(plan.pools), showOsds(plan.osds)]
  if (listsPgs) sections.push(showPgs(plan.pgs))
  return sections.filter((section) => section !== '').join('\n\n')
}

function showTotals(plan: Plan & { readonly outFirstBytes?: number }): string {
  const { movedBytes, minimumBytes, minimumBytesByWeight, totalBytes, outFirstBytes } = plan
  const share = totalBytes > 0 ? formatPercent(movedBytes / totalBytes) : '0.0 %'
  return facts([
    [
      'To be moved',
      `${formatBytes(movedBytes)} of ${formatBytes(totalBytes)} (${share}), in ${counted(plan.movedPgs, 'placement group')}`,
    ],
    ['Minimum', `${formatBytes(minimumBytes)}; the plan is ${formatRatio(movedBytes, minimumBytes)} that`],
    ['By weight', `${formatBytes(minimumBytesByWeight)} (if every OSD held its share, before and after)`],
    outFirstBytes === undefined
      ? undefined
      : [
          'Out first',
          `${formatBytes(outFirstBytes)} (\`ceph osd out\`, then purge; \`ceph osd crush reweight osd.N 0\` first moves it once)`,
        ],
    plan.primaryChanges === 0
      ? undefined
      : ['Primaries', `${counted(plan.primaryChanges, 'placement group')} with another`],
    plan.droppedExceptions === 0
      ? undefined
      : ['Exceptions', `${formatCount(plan.droppedExceptions)} of pg_upmap are dropped with the change`],
    ...plan.warnings.map((warning) => ['Warning', warning] as const),
  ])
}

function showPools(pools: readonly PoolPrediction[]): string {
  const columns = ['POOL', 'KIND', right('PGS'), right('MOVE'), right('BYTES'), right('MINIMUM'), right('OF IT')]
  const rows = pools
    .filter(({ movedPgs }) => movedPgs > 0)
    .map((pool) => [
      pool.name,
      pool.kind,
      formatCount(pool.pgCount),
      formatCount(pool.movedPgs),
      formatBytes(pool.movedBytes),
      formatBytes(pool.minimumBytes),
      formatRatio(pool.movedBytes, pool.minimumBytes),
    ])
  return rows.length === 0 ? '' : table(columns, rows)
}

function showOsds(osds: readonly OsdPlan[]): string {
  const columns = [
    right('OSD'),
    'HOST',
    right('IN'),
    right('OUT'),
    right('HOLDS NOW'),
    right('THEN'),
    right('PGS NOW'),
    right('THEN'),
    right('FILL NOW'),
    right('THEN'),
  ]
  const rows = osds
    .filter(({ pgsBefore, pgsAfter, bytesIn, bytesOut }) => pgsBefore !== pgsAfter || bytesIn + bytesOut > 0)
    .map((osd) => [
      String(osd.id),
      osd.host,
      formatBytes(osd.bytesIn),
      formatBytes(osd.bytesOut),
      formatBytes(osd.bytesBefore),
      formatBytes(osd.bytesAfter),
      formatCount(osd.pgsBefore),
      formatCount(osd.pgsAfter),
      formatFill(osd.fillBefore),
      formatFill(osd.fillAfter),
    ])
  return rows.length === 0 ? '' : table(columns, rows)
}

function showPgs(pgs: readonly MovedPg[]): string {
  const rows = pgs.map(({ pgid, movedBytes, before, after }) => [
    pgid,
    formatBytes(movedBytes),
    showSet(before),
    showSet(after),
  ])
  return table(['PG', right('BYTES'), 'FROM', 'TO'], rows)
}

/** A position of an erasure pool that nobody fills is a dash. */
function showSet(osds: readonly number[]): string {
  return osds.map((osd) => (osd === none ? '–' : String(osd))).join(' ')
}

function formatFill(fill: number | null): string {
  return fill === null ? '–' : formatPercent(fill)
}
