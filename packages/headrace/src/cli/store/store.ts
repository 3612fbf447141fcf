import { Command } from 'commander'
import { addCommand, planAddCommand } from './add.ts'
import { drivesCommand } from './drives.ts'
import { explainCommand } from './explain.ts'
import { profileCommand } from './profile.ts'
import { planRemoveCommand, removeCommand } from './remove.ts'
import { salvageCommand } from './salvage.ts'
import { statusCommand } from './status.ts'
import type { Terminal } from './terminal.ts'
import { censusCommand, healCommand, rebuildIndexCommand, scrubCommand } from './work.ts'

/** `headrace store …`: looks after the drives of a running server. */
export function storeCommand(terminal: Terminal): Command {
  const commands = [
    statusCommand,
    drivesCommand,
    planAddCommand,
    addCommand,
    planRemoveCommand,
    removeCommand,
    healCommand,
    scrubCommand,
    censusCommand,
    explainCommand,
    profileCommand,
    rebuildIndexCommand,
    salvageCommand,
  ]
  const store = new Command('store').description('Look after the drives of a running server.')
  for (const command of commands) store.addCommand(command(terminal))
  return store
}
