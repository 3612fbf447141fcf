import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import {
  isReady,
  problemsIn,
  program,
  type Server,
  type ServerOptions,
  ServerProcess,
  startServer,
} from '../../server.ts'
import { childrenOf, isRunning, type Role } from '../../support/processes.ts'
import { attempt } from '../../support/program.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { until } from '../../support/wait.ts'
import type { Census, Drive, Status } from './reports.ts'

/** What `--wait` says by its exit status. */
export const exitCodes = { full: 0, failed: 1, degraded: 2, lost: 3 } as const

/** Nothing that is waited for here takes longer on a busy machine. */
export const patienceMs = 180_000
/** A command is a process of its own: they are not run one after the other without a pause. */
const pauseMs = 400

/** What a command printed, and how it ended. */
export interface Answer<T> {
  readonly code: number | null
  readonly reply: T
  /** What it said when it failed. */
  readonly stderr: string
}

export interface DriveStoreOptions extends Omit<ServerOptions, 'folder' | 'folders'> {
  /** Which folders the store begins with, where they are not those of drives in its own. */
  readonly foldersOf?: (parent: string) => readonly string[]
  /** What is to be done before the server starts. */
  readonly prepare?: (parent: string) => Promise<void>
}

/** A store of many drives: folders, the server on them, and the operator's commands. */
export class DriveStore {
  /** Folders of drives are in it, `d1` and so on. */
  readonly parent: string
  readonly #options: DriveStoreOptions
  #server: Required<Server> | undefined

  private constructor(parent: string, options: DriveStoreOptions) {
    this.parent = parent
    this.#options = options
  }

  /** Starts a server on as many new folders, and ends it with the test. */
  static async start(t: TestContext, driveCount: number, options: DriveStoreOptions = {}): Promise<DriveStore> {
    const store = new DriveStore(temporaryFolder(), options)
    t.after(() => store.end(t))
    await options.prepare?.(store.parent)
    await store.open(options.foldersOf?.(store.parent) ?? [join(store.parent, `d{1...${driveCount}}`)])
    return store
  }

  get endpoint(): Required<Server> {
    assert.ok(this.#server, 'the server does not run')
    return this.#server
  }

  get log(): string {
    return this.endpoint.own.process.log
  }

  /** The folder of the n-th drive, from 1. */
  folder(n: number): string {
    return join(this.parent, `d${n}`)
  }

  folders(...numbers: number[]): string[] {
    return numbers.map((n) => this.folder(n))
  }

  /** Starts the server on these folders. */
  async open(folders: readonly string[]): Promise<void> {
    const args = ['--allow-faults', ...(this.#options.args ?? [])]
    this.#server = await startServer({ ...this.#options, folders, port: this.#server?.port ?? 0, args })
  }

  /** Stops the server in order. */
  async stop(): Promise<void> {
    assert.deepEqual(await this.endpoint.own.process.stop(), { code: 0, signal: null }, this.log)
  }

  async restart(...folders: readonly string[]): Promise<void> {
    await this.stop()
    await this.open(folders)
  }

  /** Ends supervisor and children as a power cut would, and waits until they are gone. */
  async kill(): Promise<void> {
    const { pid } = this.endpoint.own.process
    const doomed = [pid, ...childrenOf(pid)]
    for (const each of doomed) process.kill(each, 'SIGKILL')
    await this.endpoint.own.process.exited
    await until('the killed processes end', patienceMs, () => !doomed.slice(1).some(isRunning))
  }

  /** Ends children as a crash would, and waits until there are others in their place. */
  async killChildren(role?: Role): Promise<void> {
    const { pid } = this.endpoint.own.process
    const before = childrenOf(pid)
    const doomed = childrenOf(pid, role)
    for (const each of doomed) process.kill(each, 'SIGKILL')
    await until(`there is another ${role ?? 'of each'}`, patienceMs, async () => {
      const now = childrenOf(pid)
      if (now.length !== before.length || doomed.some((each) => now.includes(each))) return false
      return await isReady(this.endpoint)
    })
  }

  /** Runs `headrace …`, which asks the server by its admin port: no drive is needed for that. */
  async attempt<T>(...args: string[]): Promise<Answer<T>> {
    const { accessKeyId, secretKey, own } = this.endpoint
    const env = { HEADRACE_ACCESS_KEY: accessKeyId, HEADRACE_SECRET_KEY: secretKey }
    const all = [program, ...args, '--endpoint', own.adminUrl, '--json']
    const { code, stdout, stderr } = await attempt(process.execPath, all, { env })
    return { code, reply: (stdout === '' ? undefined : JSON.parse(stdout)) as T, stderr }
  }

  /** Runs `headrace store …`, which must succeed. */
  async command<T>(...args: string[]): Promise<T> {
    const { code, reply, stderr } = await this.attempt<T>('store', ...args)
    assert.equal(code, 0, `headrace store ${args.join(' ')}: ${stderr}${JSON.stringify(reply)}`)
    return reply
  }

  async fault(...args: string[]): Promise<void> {
    const { code, stderr } = await this.attempt('fault', ...args)
    assert.equal(code, 0, `headrace fault ${args.join(' ')}: ${stderr}`)
  }

  async status(): Promise<Status> {
    return await this.command<Status>('status')
  }

  async drives(): Promise<readonly Drive[]> {
    return (await this.command<{ drives: Drive[] }>('drives')).drives
  }

  async drive(id: number): Promise<Drive> {
    const found = (await this.drives()).find((drive) => drive.id === id)
    assert.ok(found, `there is no drive ${id}`)
    return found
  }

  async census(): Promise<Census> {
    const { reply, stderr } = await this.attempt<{ census: Census }>('store', 'census', '--wait')
    assert.ok(reply?.census, stderr)
    return reply.census
  }

  /** The drive that is in the n-th folder. */
  async driveIn(n: number): Promise<Drive> {
    const found = (await this.drives()).find(({ path }) => path === this.folder(n))
    assert.ok(found, `there is no drive in ${this.folder(n)}`)
    return found
  }

  /** Waits until the store says so of itself. */
  async becomes(verdict: Status['verdict'], timeoutMs = patienceMs): Promise<void> {
    let last: Status | undefined
    try {
      const isSo = async () => {
        last = await this.status()
        return last.verdict === verdict
      }
      await until(`the store becomes ${verdict}`, timeoutMs, isSo, pauseMs)
    } catch (error) {
      throw new Error(`${(error as Error).message}; it is ${JSON.stringify(last)}`)
    }
  }

  async driveIs(id: number, what: Partial<Drive>, timeoutMs = patienceMs): Promise<void> {
    let last: Drive | undefined
    const entries = Object.entries(what) as [keyof Drive, unknown][]
    try {
      const isSo = async () => {
        const drive = await this.drive(id)
        last = drive
        return entries.every(([name, value]) => drive[name] === value)
      }
      await until(`drive ${id} is ${JSON.stringify(what)}`, timeoutMs, isSo, pauseMs)
    } catch (error) {
      throw new Error(`${(error as Error).message}; it is ${JSON.stringify(last)}`)
    }
  }

  /** Waits until a drive that is to leave has left: then it can be pulled. */
  async leaves(id: number, timeoutMs = patienceMs): Promise<void> {
    const isGone = async () => !(await this.drives()).some((drive) => drive.id === id)
    await until(`drive ${id} leaves`, timeoutMs, isGone, pauseMs)
  }

  /**
   * Waits until all is well: a census finds every stripe at the full width of its pool, and every chunk where it belongs,
   * and the index is on as many drives as it should be.
   */
  async becomesFull(): Promise<Census> {
    let census: Census | undefined
    let last: Status | undefined
    const isSo = async () => {
      last = await this.status()
      if (last.verdict !== 'full' || last.protection.includes('when all is well again')) return false
      // A write that passed over a drive for being slow is made good a moment later.
      census = await this.census()
      return census.verdict === 'full'
    }
    try {
      await until('all is well', patienceMs, isSo, pauseMs)
    } catch (error) {
      throw new Error(`${(error as Error).message}; ${JSON.stringify({ last, census })}`)
    }
    assert.ok(census)
    const said = JSON.stringify(census)
    assert.equal(census.misplacedChunks, 0, said)
    for (const { k, m, readableChunks } of census.widths) assert.equal(readableChunks, k + m, said)
    return census
  }

  /** Asserts that no process has logged an error. */
  assertQuiet(...expected: readonly RegExp[]): void {
    assert.deepEqual(
      problemsIn(this.log).filter((line) => !expected.some((pattern) => pattern.test(line))),
      [],
    )
  }

  async end(t: TestContext): Promise<void> {
    if (this.#server === undefined) return
    if (!t.passed) console.log(`The log of the server:\n${this.log}`)
    if (this.#server.own.process.isRunning) await this.kill()
  }
}

/** Files below a folder, with their paths; none when there is no such folder. */
export function filesBelow(...path: string[]): string[] {
  const folder = join(...path)
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

/** Files that chunks are in: files of their own, and segments. */
export function chunkFiles(drive: string): string[] {
  return [...filesBelow(drive, 'chunks'), ...filesBelow(drive, 'segments')]
}

/** Whatever is in a folder, and below; undefined when there is no such folder. */
export function namesIn(folder: string): string[] | undefined {
  return existsSync(folder) ? (readdirSync(folder, { recursive: true }) as string[]) : undefined
}

/** Starts a server that must not start, and sees that the last that it says is why. */
export async function assertRefusesToStart(folders: readonly string[], reason: RegExp): Promise<void> {
  const args = ['--data', ...folders, '--port', '0', '--admin-port', '0', '--workers', '1']
  const server = new ServerProcess(args, join(temporaryFolder(), 'log'))
  await until(`a server on ${folders.join(' ')} ends`, patienceMs, () => !server.isRunning)
  assert.deepEqual(await server.exited, { code: 1, signal: null }, server.log)
  assert.match(server.log.slice(server.log.lastIndexOf('\nheadrace: ') + 1), reason)
}
