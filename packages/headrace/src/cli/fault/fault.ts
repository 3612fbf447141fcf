import { Command } from 'commander'
import type { Terminal } from '../store/terminal.ts'
import { clearCommand } from './clear.ts'
import { driveCommand } from './drive.ts'
import { listCommand } from './list.ts'
import { upstreamFaultCommand } from './upstream.ts'

/** `headrace fault …`: makes drives or upstreams of a running server fail, to see what it does. */
export function faultCommand(terminal: Terminal): Command {
  return new Command('fault')
    .description('Make drives or upstreams fail, for drills. The server must have been started with --allow-faults.')
    .addCommand(driveCommand(terminal))
    .addCommand(upstreamFaultCommand(terminal))
    .addCommand(listCommand(terminal))
    .addCommand(clearCommand(terminal))
}
