import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { host, type Target } from './target.ts'

/** Of a server that did not start, what it said last. */
const saidCharacters = 2000

export function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, program)))
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A server that was started, and the processes it has started in turn. */
export class ServerProcess {
  readonly #child: ChildProcess
  readonly #exited: Promise<void>
  readonly #logPath: string
  #hasExited = false

  /** @param logPath where its output goes */
  constructor(command: string, args: readonly string[], options: { logPath: string; env?: Record<string, string> }) {
    const log = openSync(options.logPath, 'a')
    this.#child = spawn(command, args, { stdio: ['ignore', log, log], env: { ...process.env, ...options.env } })
    closeSync(log)
    this.#logPath = options.logPath
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', () => {
        this.#hasExited = true
        resolve()
      })
    })
  }

  /** @throws Error when it ends, or does not answer within half a minute */
  async ready(url: string): Promise<void> {
    const endMs = performance.now() + 30_000
    while (performance.now() < endMs && !this.#hasExited) {
      const isUp = await fetch(url).then(
        ({ status }) => status < 500,
        () => false,
      )
      if (isUp) return
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const said = readFileSync(this.#logPath, 'utf8').slice(-saidCharacters)
    throw new Error(`${this.#child.spawnfile} does not answer at ${url}; it said last:\n${said}`)
  }

  processIds(): number[] {
    const found = [this.#child.pid as number]
    for (let at = 0; at < found.length; at += 1) found.push(...childrenOf(found[at] as number))
    return found
  }

  async stop(): Promise<void> {
    if (!this.#hasExited) this.#child.kill('SIGTERM')
    await this.#exited
  }
}

/** A server that runs, as one that is measured; it can do every row unless it says otherwise. */
export function targetOf(
  server: ServerProcess,
  known: Pick<Target, 'name' | 'about' | 'port' | 'credentials'> & Partial<Pick<Target, 'serves'>>,
): Target {
  return {
    host,
    serves: () => true,
    ...known,
    processIds: () => server.processIds(),
    stop: () => server.stop(),
  }
}

function childrenOf(processId: number): number[] {
  try {
    return readFileSync(`/proc/${processId}/task/${processId}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number)
  } catch {
    return []
  }
}

/** CPU time that processes and all their threads have used, in milliseconds; Linux only. */
export function cpuMsOf(processIds: readonly number[]): number {
  let nanoseconds = 0
  for (const id of processIds) {
    try {
      for (const thread of readdirSync(`/proc/${id}/task`)) {
        nanoseconds += Number(readFileSync(`/proc/${id}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
      }
    } catch {
      // It has ended.
    }
  }
  return nanoseconds / 1e6
}
