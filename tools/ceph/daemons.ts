import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { identify, type ProcessIdentity, type ProcessState, signalProcess, stateOf } from './process-identity.ts'
import { environment } from './run.ts'
import { until } from './until.ts'

/** A process that was killed is gone as soon as the kernel has closed its files. */
const endTimeoutMs = 30_000
const logLinesShown = 15

export interface DaemonCommand {
  readonly program: string
  readonly args: readonly string[]
}

/**
 * Processes of a cluster by name (`osd.3`). Each leaves a file with its identity in the cluster's folder, so that
 * whoever opens the folder later knows them, and its output beside it.
 */
export class Daemons {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** All that were started, in the order of their names. */
  names(): string[] {
    try {
      const files = readdirSync(join(this.#folder, 'run')).filter((file) => file.endsWith('.pid'))
      return files.map((file) => file.slice(0, -'.pid'.length)).sort()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw error
    }
  }

  state(name: string): ProcessState {
    const identity = this.identity(name)
    return identity === undefined ? 'ended' : stateOf(identity)
  }

  identity(name: string): ProcessIdentity | undefined {
    try {
      return JSON.parse(readFileSync(this.#pidFile(name), 'utf8'))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }

  /** @param isBound the process ends with this one, however this one ends */
  start(name: string, { program, args }: DaemonCommand, isBound: boolean): void {
    mkdirSync(join(this.#folder, 'log'), { recursive: true })
    const output = openSync(this.#logFile(name), 'a')
    // Not even a SIGKILL of this process leaves it behind: prctl(2), PR_SET_PDEATHSIG.
    const words = isBound ? ['setpriv', '--pdeathsig', 'KILL', program, ...args] : [program, ...args]
    // A session of its own: Ctrl-C in a terminal is for whoever started it, who then ends it in order.
    const child = spawn(words[0] as string, words.slice(1), {
      detached: true,
      stdio: ['ignore', output, output],
      env: environment(),
    })
    closeSync(output)
    child.on('error', () => {}) // it has no id then, and is found to have ended
    child.unref()
    const identity = child.pid === undefined ? undefined : identify(child.pid)
    if (identity === undefined) throw this.ended(name)
    const file = this.#pidFile(name)
    mkdirSync(join(this.#folder, 'run'), { recursive: true })
    writeFileSync(`${file}.new`, JSON.stringify(identity))
    renameSync(`${file}.new`, file)
  }

  /** Returns whether it was there to get the signal. */
  signal(name: string, signal: NodeJS.Signals): boolean {
    const identity = this.identity(name)
    return identity !== undefined && signalProcess(identity, signal)
  }

  /** Ends those named, all at once and however they are, and waits until they are gone. */
  async end(names: readonly string[], signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    for (const name of names) this.signal(name, signal)
    const areGone = () => names.every((name) => this.state(name) === 'ended')
    await until(`${names.join(', ')} ended by ${signal}`, { timeoutMs: endTimeoutMs }, areGone)
    for (const name of names) rmSync(this.#pidFile(name), { force: true })
  }

  /** What to say of a daemon that has ended by itself: the end of its output. */
  ended(name: string): Error {
    let log = ''
    try {
      log = readFileSync(this.#logFile(name), 'utf8')
    } catch {
      // It did not come so far.
    }
    const lines = log.split('\n').filter((line) => line.trim() !== '')
    return new Error(`${name} has ended by itself:\n${lines.slice(-logLinesShown).join('\n')}`)
  }

  #pidFile(name: string): string {
    return join(this.#folder, 'run', `${name}.pid`)
  }

  #logFile(name: string): string {
    return join(this.#folder, 'log', `${name}.out`)
  }
}
