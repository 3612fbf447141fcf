import type { Command } from 'commander'
import { orElse, serverCommand, withServer } from '../server-command.ts'
import type { StoreOptions } from '../store/connect.ts'
import type { Terminal } from '../store/terminal.ts'
import { showDriveFaults } from './drive.ts'
import { showUpstreamFaults } from './upstream.ts'

/** `headrace fault list` */
export function listCommand(terminal: Terminal): Command {
  return serverCommand('list', 'List what drives or upstreams are made to do.').action((options: StoreOptions) =>
    withServer(terminal, options, ({ store, upstream, show }) =>
      orElse(
        async () => {
          const reply = await store.faults({})
          show(reply, () => showDriveFaults(reply.faults))
        },
        async () => {
          const reply = await upstream.faults({})
          show(reply, () => showUpstreamFaults(reply.faults))
        },
      ),
    ),
  )
}
