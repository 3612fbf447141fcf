import { fileURLToPath } from 'node:url'
import { run } from './run.ts'

/** Debian's own, which has the `rados` module. */
const python = '/usr/bin/python3'
const script = fileURLToPath(new URL('mon-commands.py', import.meta.url))

/** What a client is told that sends its command before it has the monitors' map. */
const cameTooEarly = /wrong fsid|problem getting command descriptions/
const attempts = 10

/** Runs one command of the ceph program, again where it came too early. Returns what it prints. */
export async function runCeph(conf: string, args: readonly string[], signal?: AbortSignal): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run('ceph', ['-c', conf, '--connect-timeout', '10', ...args], { signal })
    } catch (error) {
      if (attempt === attempts || !cameTooEarly.test((error as Error).message)) throw error
    }
  }
}

/** A command as monitors take it: its words in `prefix`, and its arguments. */
export interface MonCommand {
  readonly prefix: string
  readonly [argument: string]: unknown
}

/** Sends commands to the monitor, one after the other over one connection. */
export async function sendCommands(conf: string, commands: readonly MonCommand[], signal?: AbortSignal): Promise<void> {
  const input = commands.map((command) => `${JSON.stringify(command)}\n`).join('')
  await run(python, [script, conf], { signal, input })
}
