import { type Command, Option } from 'commander'
import type { DriveFault } from '../../admin/store-reports.ts'
import { driveNumber, duration, probability } from '../store/arguments.ts'
import { type StoreOptions, withStore } from '../store/connect.ts'
import { formatDuration, formatPercent } from '../store/format.ts'
import { subcommand } from '../store/subcommand.ts'
import { table } from '../store/table.ts'
import type { Terminal } from '../store/terminal.ts'

interface FaultOptions extends StoreOptions {
  readonly delay: number
  readonly error?: NonNullable<DriveFault['errorCode']>
  readonly flipBits?: boolean
  readonly calls: DriveFault['calls']
  readonly probability: number
}

/** `headrace fault drive` */
export function driveCommand(terminal: Terminal): Command {
  return subcommand('drive', 'Make a drive slow, failing or lying, until it is cleared.')
    .argument('<drive>', 'number of the drive', driveNumber)
    .option('--delay <duration>', 'each call takes so much longer, such as 250ms or 1s', duration, 0)
    .addOption(new Option('--error <code>', 'calls fail').choices(['EIO', 'ENOSPC', 'EROFS', 'ENOENT', 'EACCES']))
    .option('--flip-bits', 'what is read has a bit flipped')
    .addOption(new Option('--calls <kind>', 'which calls').choices(['all', 'read', 'write']).default('all'))
    .option('--probability <share>', 'how many of them: 0.01 is one in a hundred', probability, 1)
    .action((drive: number, options: FaultOptions) => {
      const {
        delay: delayMs,
        error: errorCode = null,
        flipBits: flipsBits = false,
        calls,
        probability: share,
      } = options
      if (delayMs === 0 && errorCode === null && !flipsBits) {
        throw new Error(
          'Say what goes wrong: --delay, --error or --flip-bits. `headrace fault clear` makes it well again.',
        )
      }
      const fault: DriveFault = { drive, calls, delayMs, errorCode, flipsBits, probability: share }
      return withStore(terminal, options, async ({ store, show }) => {
        const reply = await store.setFault(fault)
        show(reply, () => showDriveFaults(reply.faults))
      })
    })
}

/** What drives are made to do. */
export function showDriveFaults(faults: readonly DriveFault[]): string {
  if (faults.length === 0) return 'No drive is made to fail.'
  const rows = faults.map(({ drive, calls, delayMs, errorCode, flipsBits, probability: share }) => {
    const what = [
      delayMs > 0 ? `${formatDuration(delayMs)} later` : undefined,
      errorCode === null ? undefined : `fail with ${errorCode}`,
      flipsBits ? 'give a flipped bit' : undefined,
    ]
    return [String(drive), calls, formatPercent(share), what.filter((word) => word !== undefined).join(', ')]
  })
  return table(['DRIVE', 'CALLS', 'SHARE', 'WHAT THEY DO'], rows)
}
