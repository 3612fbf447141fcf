import type { Command } from 'commander'
import type { DriveStatus } from '../../admin/store-reports.ts'
import { type StoreOptions, withStore } from './connect.ts'
import { formatBytes, formatCount, formatMs, formatTime } from './format.ts'
import { driveState } from './show-status.ts'
import { subcommand } from './subcommand.ts'
import { right, table } from './table.ts'
import type { Terminal } from './terminal.ts'

export function drivesCommand(terminal: Terminal): Command {
  return subcommand('drives', 'List the drives: state, what they hold, how fast they are.').action(
    (options: StoreOptions) =>
      withStore(terminal, options, async ({ store, show }) => {
        const reply = await store.drives({})
        show(reply, () => showDrives(reply.drives))
      }),
  )
}

const columns = [
  'DRIVE',
  'STATE',
  'CLASS',
  'PLACE',
  right('CAPACITY'),
  right('FREE'),
  right('HOLDS'),
  right('CHUNKS'),
  right('OF IDEAL'),
  right('READ P95'),
  right('WRITE P95'),
  right('ERRORS'),
  'FOLDER',
]

/** One line a drive; below, why those that are not well are not. */
function showDrives(drives: readonly DriveStatus[]): string {
  const rows = drives.map((drive) => [
    `${drive.id}${drive.isIndexDrive ? '*' : ''}`,
    driveState(drive),
    drive.deviceClass,
    drive.rack === null ? drive.host : `${drive.rack}/${drive.host}`,
    formatBytes(drive.capacityBytes),
    formatBytes(drive.freeBytes),
    formatBytes(drive.usedBytes),
    formatCount(drive.chunks),
    drive.shareOfIdeal === null ? '–' : `${drive.shareOfIdeal.toFixed(2)} ×`,
    formatMs(drive.readP95Ms),
    formatMs(drive.writeP95Ms),
    formatCount(drive.errors),
    drive.path,
  ])
  const reasons = drives.flatMap((drive) => {
    if (drive.reason === '') return []
    const since = drive.sinceMs === null ? '' : `, since ${formatTime(drive.sinceMs)}`
    return [`Drive ${drive.id} is ${driveState(drive)}: ${drive.reason}${since}`]
  })
  return [table(columns, rows), '* has the journal and the index', ...reasons].join('\n')
}
