import { Command } from 'commander'
import type { Terminal } from '../store/terminal.ts'
import { planAddCommand } from './plan-add.ts'
import { planRemoveCommand } from './plan-remove.ts'
import { statusCommand } from './status.ts'
import type { CephContext } from './subcommand.ts'
import { treeCommand } from './tree.ts'

/** `headrace ceph …`: looks at a Ceph cluster, and says what a change of it would move. It changes nothing. */
export function cephCommand(terminal: Terminal, run?: CephContext['run']): Command {
  const context: CephContext = { terminal, ...(run && { run }) }
  const ceph = new Command('ceph').description('Look at a Ceph cluster, and predict what a change of it would move.')
  for (const command of [statusCommand, treeCommand, planAddCommand, planRemoveCommand])
    ceph.addCommand(command(context))
  return ceph
}
