import { Command } from 'commander'
import { adminClient } from '../admin/admin-client.ts'
import { AdminError } from '../admin/admin-error.ts'
import type { AreaAdmins } from '../admin/api-areas.ts'
import { type StoreOptions, transportTo, withRemedies } from './store/connect.ts'
import type { Terminal } from './store/terminal.ts'

/** A command about a running server of any kind: it takes what leads there, and prints JSON when asked. */
export function serverCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--data <folder>', "any drive of its store (default ./data, or ./headrace where that is a server's)")
    .option('--state <folder>', 'state folder of a server in front of upstreams')
    .option('--endpoint <url>', 'admin address of the server, such as http://127.0.0.1:9001')
    .option('--json', 'print JSON: bytes, and milliseconds')
}

/** What a command about a server works with. It has either a store on drives or upstreams: `orElse` finds out. */
export interface ServerTool extends AreaAdmins {
  readonly terminal: Terminal
  readonly isJson: boolean
  /** Prints a reply as JSON, or as a person reads it. */
  show(reply: unknown, human: () => string): void
}

/** Runs a command against the server that the options lead to. */
export async function withServer(
  terminal: Terminal,
  options: StoreOptions,
  action: (tool: ServerTool) => Promise<void>,
): Promise<void> {
  const transport = transportTo(options, terminal)
  const { json: isJson = false } = options
  await withRemedies(() =>
    action({
      store: adminClient('store', transport),
      upstream: adminClient('upstream', transport),
      server: adminClient('server', transport),
      terminal,
      isJson,
      show: (reply, human) => terminal.print(isJson ? JSON.stringify(reply) : human()),
    }),
  )
}

/** Asks one area of the admin API, and another where the server does not have it. */
export async function orElse<A, B>(ask: () => Promise<A>, askOther: () => Promise<B>): Promise<A | B> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof AdminError && error.code === 'NotFound') return await askOther()
    throw error
  }
}
