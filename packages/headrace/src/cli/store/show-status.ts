import type {
  DriveStatus,
  MoveReport,
  PoolSummary,
  Profile,
  StoreStatus,
  WorkerStatus,
} from '../../admin/store-reports.ts'
import { bar, counted, formatBytes, formatCount, formatPercent, formatRatio, formatTime } from './format.ts'
import { figures } from './show-progress.ts'
import { facts, indent, right, table } from './table.ts'

const barCells = 20

/** The picture of a store on one screen. */
export function showStatus(status: StoreStatus, drives: readonly DriveStatus[]): string {
  const { epoch, changedMs, indexDrives, lastMove, relaxedBuckets } = status
  const head = facts([
    ['Store', `${status.storeId}, headrace ${status.version}`],
    ['State', showVerdict(status)],
    ['Protection', status.protection],
    ['Objects', showObjects(status)],
    ...status.profiles.map((profile) => ['Profile', showProfile(profile)] as const),
    ['Map', `epoch ${epoch}, ${formatTime(changedMs)}; index on ${driveNames(indexDrives)}`],
    ['Drives', showDriveCounts(status)],
    lastMove === null ? undefined : ['Last move', showMove(lastMove)],
    relaxedBuckets.length === 0
      ? undefined
      : ['Not durable', `writes to ${relaxedBuckets.join(', ')} are acknowledged before they are synced`],
  ])
  return [head, showFill(drives), showWorkers(status.workers)].join('\n\n')
}

/** One line: whether all is well, and what is not. */
export function showVerdict(status: StoreStatus): string {
  const { verdict, degradedRows, missingChunks, misplacedChunks, lastCensus } = status
  const troubles = [
    degradedRows > 0 ? `${counted(degradedRows, 'stripe')} below full width` : undefined,
    missingChunks > 0 ? `${counted(missingChunks, 'chunk')} missing` : undefined,
    misplacedChunks > 0 ? `${counted(misplacedChunks, 'chunk')} to be moved` : undefined,
    lastCensus !== null && lastCensus.lostRows > 0 ? `${counted(lastCensus.lostRows, 'stripe')} lost` : undefined,
  ].filter((trouble) => trouble !== undefined)
  const when = lastCensus === null ? 'no census yet' : `census of ${formatTime(lastCensus.finishedMs)}`
  return `${verdict ?? 'not known'}${troubles.length > 0 ? `: ${troubles.join(', ')}` : ''} (${when})`
}

/** Real bytes beside the prediction and the minimum. */
export function showMove(move: MoveReport): string {
  const { movedBytes, minimumBytes, reencodedBytes, reencodeBytes } = move
  const parts = [
    `${move.reason}: moved ${formatBytes(movedBytes)}${move.finishedMs === null ? ' so far' : ''}`,
    `predicted ${formatBytes(move.predictedBytes)}`,
    `minimum ${formatBytes(minimumBytes)} (${formatRatio(movedBytes, minimumBytes)})`,
  ]
  if (reencodeBytes > 0) parts.push(`re-encoded ${formatBytes(reencodedBytes)} of ${formatBytes(reencodeBytes)}`)
  return parts.join(', ')
}

export function showProfile(profile: Profile): string {
  const { storageClass, bucket, deviceClass, failureDomain, small, large, drives } = profile
  const whose = bucket === null ? storageClass : `${storageClass} in ${bucket}`
  const apart = failureDomain === 'drive' ? '' : `, no two chunks in one ${failureDomain}`
  return `${whose}: small objects ${showWidth(small)}, others ${showWidth(large)} on ${counted(drives, `${deviceClass} drive`)}${apart}`
}

/** `3 copies`, `4+2`. */
export function showWidth({ k, m }: Omit<PoolSummary, 'pool'>): string {
  return k === 1 ? (m === 0 ? 'one copy' : `${m + 1} copies`) : `${k}+${m}`
}

/** `up`, or all that is not as it should be. */
export function driveState({ state, membership, isSlow }: DriveStatus): string {
  const words = [
    state === 'down' ? 'down' : undefined,
    membership === 'in' ? undefined : membership,
    isSlow ? 'slow' : undefined,
  ]
  return words.filter((word) => word !== undefined).join(', ') || 'up'
}

export function driveNames(ids: readonly number[]): string {
  return ids.length === 0 ? 'no drive' : `drive${ids.length === 1 ? '' : 's'} ${ids.join(' ')}`
}

function showObjects({ objects, bytes, storedBytes }: StoreStatus): string {
  const stored = `${formatBytes(storedBytes)} on the drives (${formatRatio(storedBytes, bytes)})`
  return `${formatCount(objects)}, ${formatBytes(bytes)}; ${stored}`
}

function showDriveCounts({ drives: { up, down, leaving, out } }: StoreStatus): string {
  const others = [
    [down, 'down'],
    [leaving, 'leaving'],
    [out, 'out'],
  ] as const
  return [`${up} up`, ...others.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`)].join(', ')
}

function showFill(drives: readonly DriveStatus[]): string {
  const rows = drives.map((drive) => {
    const share = drive.capacityBytes === 0 ? 0 : 1 - drive.freeBytes / drive.capacityBytes
    return [
      String(drive.id),
      driveState(drive),
      bar(share, barCells),
      formatPercent(share),
      formatBytes(drive.usedBytes),
      formatBytes(drive.freeBytes),
      drive.path,
      drive.reason,
    ]
  })
  return table(['DRIVE', 'STATE', 'FILL', right(''), right('CHUNKS'), right('FREE'), 'FOLDER', ''], rows)
}

function showWorkers(workers: readonly WorkerStatus[]): string {
  const rows = workers.map((worker) => [
    worker.name,
    worker.state,
    worker.state === 'idle' ? lastRun(worker) : figures(worker).join(', '),
    worker.note,
  ])
  return `Background work\n${indent(table(['NAME', 'STATE', 'PROGRESS', 'NOTE'], rows))}`
}

function lastRun({ finishedMs }: WorkerStatus): string {
  return finishedMs === null ? '' : `last done ${formatTime(finishedMs)}`
}
