import { Command } from 'commander'
import type { Terminal } from '../store/terminal.ts'
import { runCeph } from './run-ceph.ts'
import { CephSource, type Question, questions, type RunCeph } from './source.ts'

/** Files with answers of a cluster, by question. */
export type FileOptions = { readonly [question in Question]?: string }

/** What every command about a cluster takes. */
export interface CephOptions extends FileOptions {
  readonly conf?: string
  readonly keyring?: string
  readonly name?: string
  readonly json?: boolean
}

/** What a command works with. */
export interface CephTool {
  readonly source: CephSource
  readonly terminal: Terminal
  /** Prints a reply as JSON, or as a person reads it. */
  show(reply: unknown, human: () => string): void
}

/** Where commands print, and how they ask. */
export interface CephContext {
  readonly terminal: Terminal
  /** By default the ceph program of this machine. */
  readonly run?: (options: CephOptions) => RunCeph
}

/** A command about a cluster: it takes what leads there, or files, and prints JSON when asked. */
export function subcommand(name: string, description: string, asks: readonly Question[]): Command {
  const command = new Command(name)
    .description(description)
    .option('--conf <file>', 'ceph.conf of the cluster (default: /etc/ceph/ceph.conf)')
    .option('--keyring <file>', 'keyring of the client')
    .option('--name <client>', 'client to ask as, such as client.reader (default: client.admin)')
    .option('--json', 'print JSON: bytes')
  for (const question of asks) {
    const { option, words } = questions[question]
    const other = question === 'crushDump' ? ', or the file of `ceph osd getcrushmap`' : ''
    command.option(`--${option} <file>`, `instead of asking: what \`ceph ${words} --format json\` prints${other}`)
  }
  return command
}

/** Does what a command is for, with what its options lead to. */
export async function withCeph(
  { terminal, run = runCeph }: CephContext,
  options: CephOptions,
  action: (tool: CephTool) => Promise<void>,
): Promise<void> {
  await action({
    source: new CephSource(options, run(options)),
    terminal,
    show: (reply, human) => terminal.print(options.json ? JSON.stringify(reply) : human()),
  })
}
