import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { host } from '../../targets/target.ts'
import type { RelayFault, RelayJob, RelayReady } from './relay-fault.ts'

/** Relays in front of upstreams, in a process of their own. */
export class Relays {
  /** Where they are reached, in the order of their upstreams. */
  readonly endpoints: readonly string[]
  readonly #process: ChildProcessByStdio<Writable, Readable, null>

  private constructor(child: ChildProcessByStdio<Writable, Readable, null>, ports: readonly number[]) {
    this.#process = child
    this.endpoints = ports.map((port) => `http://${host}:${port}`)
  }

  static async start(upstreams: readonly string[]): Promise<Relays> {
    const job: RelayJob = { upstreams }
    const main = fileURLToPath(new URL('relay.ts', import.meta.url))
    const child = spawn(process.execPath, [main, JSON.stringify(job)], { stdio: ['pipe', 'pipe', 'inherit'] })
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
    return new Relays(child, (JSON.parse(line) as RelayReady).ports)
  }

  /** From now on, in place of what they did before. */
  setFault(fault: RelayFault): void {
    this.#process.stdin.write(`${JSON.stringify(fault)}\n`)
  }

  async stop(): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.stdin.end()
    await ended
  }
}
