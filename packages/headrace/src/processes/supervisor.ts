import { type ChildProcess, fork } from 'node:child_process'
import cluster, { type Worker as ClusterWorker } from 'node:cluster'
import type { Credentials } from '@headrace/s3'
import type { NamedFaults } from '../admin/upstream/create-upstream-admin.ts'
import type { Settings } from '../config/settings.ts'
import type { Log } from '../core/events.ts'
import { type Clock, holdProcess, systemClock, systemRandom } from '../core/runtime.ts'
import type { RootKey } from '../identity/access-keys.ts'
import { type StoreLock, takeLock } from '../store/embedded/drive/store-lock.ts'
import { markSuspect } from '../store/embedded/keeper/suspect.ts'
import { driveKeys } from './drive-keys.ts'
import { closeUntakenConnections } from './hand-over.ts'
import { chooseKeeperSocket, type KeeperSocket } from './keeper-socket.ts'
import { freePort } from './listen.ts'
import type { AskMessage, DrivesMessage, FaultsMessage, FromChild, StartMessage, ToChild } from './messages.ts'
import { prepareKeys } from './prepare-keys.ts'
import { Questions } from './remote/questions.ts'
import { beginRemoteSingle } from './remote/single.ts'
import { stateFolder } from './remote/state-folder.ts'
import { beginSingle } from './single.ts'
import { type ServerFolders, storeFolders } from './store-folders.ts'
import { presentDrives, storePaths } from './store-paths.ts'
import { waitForOrphans } from './wait-for-locks.ts'

/** A child that ended at once is started again after this long, and then twice as long, up to the maximum. */
const restartMsMin = 50
const restartMsMax = 5_000
/** A child that has run for this long was well. */
const wellMs = 10_000
/** Beyond the drain time, for closing files. */
const closeMs = 5_000

export interface ServerOptions {
  readonly settings: Settings
  /** The root owner's pair when it comes from outside. */
  readonly rootKey: RootKey | undefined
  /** What requests to upstreams are signed with; undefined for a store on drives. */
  readonly upstreamKey?: Credentials | undefined
  /** Entry point of the children: `headrace process <role>`. */
  readonly main: string
  readonly log: Log
}

export interface RunningServer {
  readonly port: number
  readonly adminPort: number
  readonly root: string
  readonly rootKey: RootKey
  stop(): Promise<void>
}

/**
 * Starts a server: the keeper and the gateways as children, watched and started again when they end, or everything in
 * this process with no workers.
 * @throws Error that says why it cannot start, for an operator to read
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { settings, log } = options
  const folders =
    settings.upstream === undefined ? await storeFolders(settings.data) : await stateFolder(settings.state)
  const { roots } = folders
  const [root] = roots as [string]
  const locks: StoreLock[] = []
  const release = () => {
    for (const lock of locks) lock.release()
  }
  try {
    for (const each of roots) locks.push(takeLock(storePaths(each).supervisorLock))
    await waitForOrphans(roots, systemClock)
    const runtime = { clock: systemClock, random: systemRandom, log }
    const rootKey = await prepareKeys(driveKeys(roots), options.rootKey, runtime)
    // A drive that was added has no keys yet.
    const drivesChanged = (now: readonly string[]) => {
      prepareKeys(driveKeys(now), options.rootKey, runtime).catch((error) =>
        log.error({ err: error }, 'the access keys could not be put on every drive'),
      )
    }
    const { upstreamKey } = options
    const single = { settings, ...folders, rootKey: options.rootKey }
    const running =
      settings.workers === 0
        ? await (upstreamKey === undefined
            ? beginSingle({ ...single, drivesChanged })
            : beginRemoteSingle({ ...single, upstreamKey }))
        : await new Supervisor({ ...options, drivesChanged }, folders, systemClock).start()
    return {
      ...running,
      root,
      rootKey,
      async stop() {
        await running.stop()
        release()
      },
    }
  } catch (error) {
    release()
    throw error
  }
}

/** Threads for calls on drives: with too few, one drive that is stuck would hold up all the others. */
function threads(drives: number): number {
  return Math.min(128, Math.max(16, 8 * drives))
}

type Process = Pick<ChildProcess, 'send' | 'on' | 'once' | 'kill' | 'pid'>

interface SupervisorOptions extends ServerOptions {
  readonly drivesChanged: (roots: readonly string[]) => void
}

class Supervisor {
  readonly #options: SupervisorOptions
  readonly #folders: ServerFolders
  readonly #socket: KeeperSocket
  readonly #clock: Clock
  readonly #log: Log
  readonly #children = new Map<string, Process>()
  readonly #questions: Questions
  #settings: Settings
  /** Folders of the store's drives; the keeper says which they are. */
  #roots: readonly string[]
  #faults: NamedFaults = []
  #isKept = false
  #stopping = false
  #release: () => void = () => {}

  constructor(options: SupervisorOptions, folders: ServerFolders, clock: Clock) {
    this.#options = options
    this.#settings = options.settings
    this.#folders = folders
    this.#roots = folders.roots
    this.#socket = chooseKeeperSocket(folders.roots[0] as string)
    this.#clock = clock
    this.#log = options.log
    this.#questions = new Questions(clock)
  }

  /** Who serves the admin port: with drives, the keeper of the store. */
  get #first(): 'keeper' | 'control' {
    return this.#settings.upstream === undefined ? 'keeper' : 'control'
  }

  async start(): Promise<{ port: number; adminPort: number; stop(): Promise<void> }> {
    // Children that all ended at once are started again by a timer, with nothing else left to wait for.
    this.#release = holdProcess()
    cluster.setupPrimary({ exec: this.#options.main, args: ['process', 'gateway'] })
    try {
      const adminPort = await this.#run(this.#first)
      this.#isKept = true
      this.#settings = { ...this.#settings, adminPort }
      const { host, port: wanted } = this.#settings
      const port = wanted === 0 ? await freePort(host) : wanted
      this.#settings = { ...this.#settings, port }
      await this.#run('gateway 1')
      const others = Array.from({ length: this.#settings.workers - 1 }, (_, index) => `gateway ${index + 2}`)
      await Promise.all(others.map((name) => this.#run(name)))
      return { port, adminPort, stop: () => this.#stop() }
    } catch (error) {
      await this.#stop()
      throw error
    }
  }

  /** Starts a child and sees to it that there always is one of that name. Resolves when the first one serves. */
  #run(name: string, restartMs = restartMsMin): Promise<number> {
    const startedMs = this.#clock.monotonic()
    const child = this.#fork(name)
    this.#children.set(name, child)
    return new Promise((resolve, reject) => {
      let isReady = false
      child.on('message', (message: FromChild) => {
        if (message.type === 'drives') return this.#takeDrives(message)
        if (message.type === 'faults') return this.#takeFaults(message)
        if (message.type === 'ask') return this.#ask(child, message)
        if (message.type === 'answer') return this.#questions.answer(message)
        if (message.type === 'failed') return reject(new Error(message.message))
        isReady = true
        resolve(message.port)
      })
      child.once('exit', (code, signal) => {
        this.#children.delete(name)
        if (this.#stopping) return
        // A map of a file that is shorter or other than it should be ends a process like this.
        if (signal === 'SIGBUS' || signal === 'SIGSEGV' || signal === 'SIGABRT')
          this.#suspectIndex(`${name} ended by ${signal}`)
        if (!isReady && startedMs < this.#clock.monotonic() && code !== null && restartMs === restartMsMin) {
          reject(new Error(`The ${name} ended before it served (exit code ${code}). Its log is above.`))
        }
        const ranMs = this.#clock.monotonic() - startedMs
        const waitMs = ranMs > wellMs ? restartMsMin : Math.min(restartMs * 2, restartMsMax)
        this.#log.warn({ child: name, code, signal, waitMs }, 'a process ended; another is started')
        this.#clock.after(waitMs, () => {
          if (this.#stopping) return
          this.#run(name, waitMs).then(resolve, (error) =>
            this.#log.error({ err: error, child: name }, 'a process could not begin'),
          )
        })
      })
    })
  }

  #fork(name: string): Process {
    const env = { UV_THREADPOOL_SIZE: String(threads(this.#roots.length)) }
    const isGateway = name !== this.#first
    const forked: ChildProcess | ClusterWorker = isGateway
      ? cluster.fork(env)
      : fork(this.#options.main, ['process', name], { env: { ...process.env, ...env } })
    const child = 'process' in forked ? forked.process : forked
    if (isGateway) closeUntakenConnections(child as ChildProcess)
    const start: StartMessage = {
      type: 'start',
      settings: this.#settings,
      folders: [...new Set([...this.#folders.folders, ...this.#roots])],
      roots: this.#roots,
      isRestart: this.#isKept,
      socketPath: this.#socket.path,
      worker: isGateway ? Number(name.replace('gateway ', '')) : 0,
      rootKey: this.#options.rootKey,
      upstreamKey: this.#options.upstreamKey,
      upstreamFaults: this.#faults,
    }
    child.send(start satisfies ToChild)
    return child
  }

  /** The store has other drives than before. */
  #takeDrives(message: DrivesMessage): void {
    this.#roots = message.roots
    for (const child of this.#children.values()) child.send(message satisfies ToChild, () => {})
    this.#options.drivesChanged(message.roots)
  }

  /** Upstreams have other faults than before. */
  #takeFaults(message: FaultsMessage): void {
    this.#faults = message.faults
    for (const child of this.#children.values()) child.send(message satisfies ToChild, () => {})
  }

  /** Passes a question on to all gateways, and their answers back. */
  #ask(asker: Process, { id, question }: AskMessage): void {
    const gateways = [...this.#children].filter(([name]) => name !== this.#first).map(([, child]) => child)
    this.#questions
      .ask(gateways, question)
      .then((value) => asker.send({ type: 'answer', id, value } satisfies ToChild, () => {}))
  }

  /** Which of the indexes it had mapped is not known here. */
  #suspectIndex(why: string): void {
    for (const root of presentDrives(this.#roots)) {
      try {
        markSuspect(root, why)
      } catch (error) {
        // A drive that cannot be written has no index that anybody will open.
        this.#log.warn({ root, err: error }, 'an index could not be marked')
      }
    }
  }

  /** Gateways first, so that what they have begun can still be committed; then who serves the admin port. */
  async #stop(): Promise<void> {
    this.#stopping = true
    const names = [...this.#children.keys()]
    await Promise.all(names.filter((name) => name !== this.#first).map((name) => this.#stopChild(name)))
    await this.#stopChild(this.#first)
    this.#socket.remove()
    this.#release()
  }

  async #stopChild(name: string): Promise<void> {
    const child = this.#children.get(name)
    if (child === undefined) return
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after(this.#settings.drainMs + closeMs, () => child.kill('SIGKILL'))
      child.once('exit', () => {
        cancel()
        resolve()
      })
      child.send({ type: 'stop' } satisfies ToChild, () => {})
    })
  }
}
