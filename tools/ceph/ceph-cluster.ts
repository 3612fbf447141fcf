import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { bringUp } from './bring-up.ts'
import { type MonCommand, sendCommands } from './commands.ts'
import { freePorts, isFree } from './free-ports.ts'
import type { ProcessState } from './process-identity.ts'
import { lackOfPrograms } from './programs.ts'
import {
  type CephSettings,
  daemonNames,
  endpointOf,
  keys,
  osdCountDefault,
  osdCountMin,
  rgwCountDefault,
} from './settings.ts'
import { openSite, type Site, tearDown, tearDownAtExit } from './site.ts'
import { startDaemon, startMonitor, startOsds, startRgw } from './start-daemons.ts'

export interface StartOptions {
  /** Where everything is kept: a folder that is empty or not there yet. By default a new temporary one. */
  readonly folder?: string
  /** At least 2, for pools have two copies; 4 by default. */
  readonly osdCount?: number
  /** One RGW node for each; by default three that are free. Without any there are no pools either. */
  readonly rgwPorts?: readonly number[]
  /** By default one that is free. */
  readonly monPort?: number
  /** See `CephSettings`; true by default. */
  readonly tcpNodelay?: boolean
  /** Whether the cluster ends with this process, however it ends; true by default. */
  readonly isBound?: boolean
  readonly onProgress?: (line: string) => void
  /** Gives up, and leaves nothing behind. */
  readonly signal?: AbortSignal
}

export interface DaemonState {
  readonly name: string
  readonly pid: number | undefined
  readonly state: ProcessState
}

/** Paths of Unix sockets have at most 107 characters (unix(7)), and the longest name in the folder has fewer than these. */
const folderLengthMax = 107 - '/run/client.rgw.99.asok'.length

/**
 * Starts a real Ceph cluster on this machine: a monitor, a manager, OSDs on BlueStore files, and RGW nodes, on 127.0.0.1
 * alone. Takes half a minute, and less than 2 GB of memory. `stop` ends it and removes its folder.
 * @throws Error saying what to install, what is in the way, or which daemon failed and how; nothing is left then
 */
export async function startCeph(options: StartOptions = {}): Promise<CephCluster> {
  const lack = lackOfPrograms()
  if (lack !== undefined) throw new Error(lack)
  const settings = await chooseSettings(options)
  const folder = resolve(options.folder ?? join(tmpdir(), `ceph-dev-${settings.fsid.slice(0, 8)}`))
  if (folder.length > folderLengthMax)
    throw new Error(`${folder}: the path is too long for sockets in it: at most ${folderLengthMax} characters`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (readdirSync(folder).length > 0)
    throw new Error(`${folder} is not empty: end the cluster there with \`down\`, or name another folder`)
  writeFileSync(recordFile(folder), `${JSON.stringify(settings, null, 2)}\n`, { flag: 'wx' })
  const controller = new AbortController()
  const signal = AbortSignal.any([controller.signal, ...(options.signal === undefined ? [] : [options.signal])])
  const site = openSite(folder, settings, { isBound: options.isBound ?? true, signal })
  if (site.isBound) tearDownAtExit(site)
  try {
    await bringUp(site, options.onProgress ?? (() => {}))
    return new CephCluster(site)
  } catch (error) {
    controller.abort()
    await tearDown(site)
    throw error
  }
}

/**
 * The cluster that was started in a folder, whether by this process or by another.
 * @throws Error when there is none
 */
export function openCeph(folder: string): CephCluster {
  const path = resolve(folder)
  let record: string
  try {
    record = readFileSync(recordFile(path), 'utf8')
  } catch (error) {
    throw new Error(`There is no cluster in ${path}: start one with \`up\`, or name its folder.`, { cause: error })
  }
  return new CephCluster(openSite(path, JSON.parse(record), { isBound: false }))
}

/** A cluster that runs. Daemons are named `mon.a`, `mgr.x`, `osd.0` and so on, `rgw.1` and so on. */
export class CephCluster {
  readonly #site: Site

  constructor(site: Site) {
    this.#site = site
  }

  get folder(): string {
    return this.#site.folder
  }

  /** Path of its ceph.conf, for programs of Ceph. */
  get conf(): string {
    return this.#site.conf
  }

  get settings(): CephSettings {
    return this.#site.settings
  }

  /** Addresses of the RGW nodes: `rgw.1` first. */
  get endpoints(): string[] {
    return this.settings.rgwPorts.map(endpointOf)
  }

  /** Of the S3 user. */
  get keys(): typeof keys {
    return keys
  }

  /** Runs one command of the ceph program, such as `ceph('osd', 'tree')`. Returns what it prints. */
  ceph(...args: readonly string[]): Promise<string> {
    return this.#site.ceph(...args)
  }

  /** Sends commands to the monitor, one after the other: a hundred take as long as one of `ceph`. */
  sendCommands(commands: readonly MonCommand[]): Promise<void> {
    return sendCommands(this.conf, commands)
  }

  states(): DaemonState[] {
    return daemonNames(this.settings).map((name) => {
      const state = this.#site.daemons.state(name)
      return { name, state, pid: state === 'ended' ? undefined : this.#site.daemons.identity(name)?.pid }
    })
  }

  /** Ends a daemon at once, or in its own time with SIGTERM, and waits until it is gone. */
  async kill(name: string, signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    this.#mustRun(name)
    await this.#site.daemons.end([name], signal)
  }

  /** Stops a daemon as it is: it keeps its connections and answers nothing. */
  pause(name: string): void {
    this.#mustRun(name)
    this.#site.daemons.signal(name, 'SIGSTOP')
  }

  /** Lets a daemon go on that was paused. */
  resume(name: string): void {
    this.#mustRun(name)
    this.#site.daemons.signal(name, 'SIGCONT')
  }

  /** Starts a daemon that has ended, on its old data and port, and waits until it serves. */
  async start(name: string): Promise<void> {
    if (this.#stateOf(name) !== 'ended') throw new Error(`${name} has not ended: it cannot be started again`)
    const [kind, id] = name.split('.')
    if (kind === 'rgw') await startRgw(this.#site, Number(id) - 1)
    else if (kind === 'osd') await startOsds(this.#site, [Number(id)])
    else if (kind === 'mon') await startMonitor(this.#site)
    else startDaemon(this.#site, name)
  }

  /** Ends every daemon and removes the folder. Nothing is left. */
  stop(): Promise<void> {
    return tearDown(this.#site)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #mustRun(name: string): void {
    if (this.#stateOf(name) === 'ended') throw new Error(`${name} does not run`)
  }

  #stateOf(name: string): ProcessState {
    const names = daemonNames(this.settings)
    if (!names.includes(name)) throw new Error(`The cluster has no ${name}; it has ${names.join(', ')}.`)
    return this.#site.daemons.state(name)
  }
}

async function chooseSettings(options: StartOptions): Promise<CephSettings> {
  const { monPort, rgwPorts, osdCount = osdCountDefault, tcpNodelay = true } = options
  if (osdCount < osdCountMin) throw new Error(`${osdCount} OSDs are too few for two copies: at least ${osdCountMin}`)
  const given = [...(monPort === undefined ? [] : [monPort]), ...(rgwPorts ?? [])]
  for (const port of given)
    if (!(await isFree(port))) throw new Error(`Port ${port} of 127.0.0.1 is in use: name another.`)
  const [freeMonPort, ...freeRgwPorts] = await freePorts(1 + rgwCountDefault)
  return {
    fsid: randomUUID(),
    monPort: monPort ?? (freeMonPort as number),
    osdCount,
    rgwPorts: rgwPorts ?? freeRgwPorts,
    tcpNodelay,
  }
}

function recordFile(folder: string): string {
  return join(folder, 'cluster.json')
}
