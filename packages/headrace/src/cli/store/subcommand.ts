import { Command } from 'commander'

/** A command about a running store: it takes what leads to the server, and prints JSON when asked. */
export function subcommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--data <folder>', 'any drive of the store (default ./data)')
    .option('--endpoint <url>', 'admin address of the server, such as http://127.0.0.1:9001')
    .option('--json', 'print JSON: bytes, and milliseconds')
}

/** One that begins background work, and can stay until it is done. */
export function workSubcommand(name: string, description: string): Command {
  return subcommand(name, description)
    .option('--wait', 'wait until it is done, showing progress')
    .addHelpText('after', `\nExit status with --wait: ${exitCodesText}`)
}

/** What the exit status of a command that waited says about the store. */
export const exitCodes = { full: 0, failed: 1, degraded: 2, lost: 3 } as const

const exitCodesText = '0 all data is full, 1 the work failed, 2 data is degraded, 3 data is lost.'
