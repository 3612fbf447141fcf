import type { Command } from 'commander'
import { type StoreOptions, withStore } from './connect.ts'
import { showStatus } from './show-status.ts'
import { subcommand } from './subcommand.ts'
import type { Terminal } from './terminal.ts'

export function statusCommand(terminal: Terminal): Command {
  return subcommand('status', 'Show the store on one screen: protection, drives, background work.').action(
    (options: StoreOptions) =>
      withStore(terminal, options, async ({ store, isJson, show }) => {
        const status = await store.status({})
        const { drives } = isJson ? { drives: [] } : await store.drives({})
        show(status, () => showStatus(status, drives))
      }),
  )
}
