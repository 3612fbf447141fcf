import type { Command } from 'commander'
import { orElse, serverCommand, withServer } from '../server-command.ts'
import { driveNumber } from '../store/arguments.ts'
import type { StoreOptions } from '../store/connect.ts'
import type { Terminal } from '../store/terminal.ts'
import { showDriveFaults } from './drive.ts'
import { showUpstreamFaults } from './upstream.ts'

/** `headrace fault clear` */
export function clearCommand(terminal: Terminal): Command {
  return serverCommand('clear', 'Make a drive or an upstream well again, or all of them.')
    .argument('[which]', 'number of the drive, or name of the upstream')
    .action((which: string | undefined, options: StoreOptions) =>
      withServer(terminal, options, ({ store, upstream, show }) => {
        const clearUpstream = async () => {
          const reply = await upstream.clearFaults({ upstream: which ?? null })
          show(reply, () => showUpstreamFaults(reply.faults))
        }
        const clearDrive = async (drive: number | null) => {
          const reply = await store.clearFaults({ drive })
          show(reply, () => showDriveFaults(reply.faults))
        }
        const isDrive = which === undefined || /^\d+$/.test(which)
        if (!isDrive) return orElse(clearUpstream, () => clearDrive(driveNumber(which)))
        return orElse(() => clearDrive(which === undefined ? null : driveNumber(which)), clearUpstream)
      }),
    )
}
