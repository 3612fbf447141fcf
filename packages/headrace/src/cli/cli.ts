import { Command } from 'commander'
import { version } from '../core/version.ts'
import { runChild } from '../processes/child.ts'
import { beginGateway } from '../processes/gateway.ts'
import { beginKeeper } from '../processes/keeper.ts'
import { beginControl } from '../processes/remote/control.ts'
import { beginRemoteGateway } from '../processes/remote/gateway.ts'
import { cephCommand } from './ceph/ceph.ts'
import { faultCommand } from './fault/fault.ts'
import { keyCommand } from './key.ts'
import { serveCommand } from './serve.ts'
import { storeCommand } from './store/store.ts'
import { systemTerminal } from './store/terminal.ts'
import { topCommand } from './top/top.ts'
import { traceCommand } from './trace/trace.ts'
import { upstreamCommand } from './upstream/upstream.ts'

/** Runs the command line. Failures that an operator can mend are one message without a stack. */
export async function runCli(argv: readonly string[], main: string): Promise<void> {
  const terminal = systemTerminal()
  const program = new Command('headrace')
    .description('The S3 data path that keeps GPUs fed.')
    .version(version)
    .addCommand(serveCommand(main))
    .addCommand(keyCommand())
    .addCommand(storeCommand(terminal))
    .addCommand(upstreamCommand(terminal))
    .addCommand(topCommand(terminal))
    .addCommand(traceCommand(terminal))
    .addCommand(faultCommand(terminal))
    .addCommand(cephCommand(terminal))
    .addCommand(processCommand(), { hidden: true })
  try {
    await program.parseAsync(argv)
  } catch (error) {
    console.error(`headrace: ${(error as Error).message}`)
    process.exit(1)
  }
}

/** What the supervisor starts its children with. */
function processCommand(): Command {
  return new Command('process').argument('<role>').action((role: string) => {
    if (process.send === undefined) throw new Error('This command is for the server itself; try `headrace serve`.')
    if (role === 'keeper') runChild(beginKeeper)
    else if (role === 'control') runChild(beginControl)
    else
      runChild((start, supervision) =>
        start.upstreamKey ? beginRemoteGateway(start) : beginGateway(start, supervision),
      )
  })
}
