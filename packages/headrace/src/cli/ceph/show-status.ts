import { counted, formatBytes, formatCount, formatPercent } from '../store/format.ts'
import { facts, right, table } from '../store/table.ts'
import type { ClusterStatus, PoolStatus } from './status.ts'

export function showStatus(status: ClusterStatus): string {
  const { fsid, health, checks, osds, client } = status
  const head = facts([
    ['Cluster', fsid],
    ['Health', health],
    ...checks.map(({ code, message, isMuted }) => [isMuted ? 'Muted' : 'Warning', `${code}: ${message}`] as const),
    ['OSDs', `${formatCount(osds.count)}, ${formatCount(osds.up)} up, ${formatCount(osds.in)} in`],
    ['Groups', showGroups(status)],
    showRecovery(status),
    ['Data', showData(status)],
    [
      'Clients',
      `read ${formatBytes(client.readBytesPerS)}/s in ${formatCount(client.readsPerS)}/s, write ${formatBytes(client.writeBytesPerS)}/s in ${formatCount(client.writesPerS)}/s`,
    ],
  ])
  return `${head}\n\n${showPools(status.pools)}`
}

/** `49 placement groups: 40 active+clean, 9 active+undersized+degraded` */
function showGroups({ pgs }: ClusterStatus): string {
  const states = Object.entries(pgs.byState).sort(([, a], [, b]) => b - a)
  const list = states.map(([state, count]) => `${formatCount(count)} ${state}`).join(', ')
  return `${counted(pgs.count, 'placement group')}${list === '' ? '' : `: ${list}`}`
}

function showRecovery({ degradedShare, misplacedShare, recoveryBytesPerS }: ClusterStatus) {
  const parts = [
    degradedShare > 0 ? `${formatPercent(degradedShare)} degraded` : undefined,
    misplacedShare > 0 ? `${formatPercent(misplacedShare)} misplaced` : undefined,
    recoveryBytesPerS > 0 ? `recovering at ${formatBytes(recoveryBytesPerS)}/s` : undefined,
  ].filter((part) => part !== undefined)
  return parts.length === 0 ? undefined : (['Recovery', parts.join(', ')] as const)
}

function showData({ objects, storedBytes, usedBytes, totalBytes }: ClusterStatus): string {
  const fill = totalBytes > 0 ? ` (${formatPercent(usedBytes / totalBytes)})` : ''
  return `${formatBytes(storedBytes)} in ${counted(objects, 'object')}; ${formatBytes(usedBytes)} of ${formatBytes(totalBytes)} used${fill}`
}

function showPools(pools: readonly PoolStatus[]): string {
  const columns = [
    'POOL',
    right('ID'),
    'KIND',
    right('SIZE'),
    right('RULE'),
    right('PGS'),
    right('OBJECTS'),
    right('STORED'),
    right('USED'),
    right('FILL'),
    right('FREE'),
  ]
  const rows = pools.map((pool) => [
    pool.name,
    String(pool.id),
    pool.kind,
    `${pool.size}/${pool.minSize}`,
    String(pool.rule),
    formatCount(pool.pgCount),
    formatCount(pool.objects),
    formatBytes(pool.storedBytes),
    formatBytes(pool.usedBytes),
    formatPercent(pool.usedShare),
    formatBytes(pool.freeBytes),
  ])
  return table(columns, rows)
}
