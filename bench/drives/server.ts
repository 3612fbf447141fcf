import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { adminClient } from '../../packages/headrace/src/admin/admin-client.ts'
import { socketTransport } from '../../packages/headrace/src/admin/admin-transport.ts'
import { findServer } from '../../packages/headrace/src/admin/announcement.ts'
import type { StartedWork, StoreAdmin } from '../../packages/headrace/src/admin/store-admin.ts'
import type { DriveStatus } from '../../packages/headrace/src/admin/store-reports.ts'
import type { Endpoint } from '../load/requests.ts'
import { cpuMsOf, freePort, ServerProcess } from '../targets/server-process.ts'
import { credentials, host } from '../targets/target.ts'

const main = fileURLToPath(new URL('../../packages/headrace/bin/headrace.js', import.meta.url))
/** A drive that is gone is healed from at once. */
const downOutMs = 500
const pollMs = 100
const settlePollsMax = 600

/** What a server has done so far. */
export interface Usage {
  /** Its own figures of heal and rebalance. */
  readonly readBytes: number
  readonly writtenBytes: number
  /** As the system counts them, of all its processes: calls, and what came from the drive and went to it. */
  readonly calls: { readonly readBytes: number; readonly writtenBytes: number }
  readonly disk: { readonly readBytes: number; readonly writtenBytes: number }
  readonly cpuMs: number
}

/** A server of a store on folders `d1`, `d2` and so on, as an operator runs it. */
export class DriveServer {
  readonly folder: string
  readonly port: number
  readonly admin: StoreAdmin
  readonly #process: ServerProcess
  readonly #adminPort: number
  #drives: number

  private constructor(folder: string, server: ServerProcess, ports: readonly [number, number], drives: number) {
    this.folder = folder
    this.#process = server
    ;[this.port, this.#adminPort] = ports
    this.#drives = drives
    // The first drive is never taken away.
    this.admin = adminClient('store', async (request) => {
      const { socketPath } = await findServer(this.rootOf(1))
      return await socketTransport(socketPath)(request)
    })
  }

  static async start(folder: string, drives: number): Promise<DriveServer> {
    const ports = [await freePort(), await freePort()] as const
    const roots = Array.from({ length: drives }, (_, number) => join(folder, `d${number + 1}`))
    const options = ['--port', String(ports[0]), '--admin-port', String(ports[1]), '--log-level', 'warn']
    const args = [main, 'serve', '--data', ...roots, ...options, '--down-out-ms', String(downOutMs), '--allow-faults']
    const server = new ServerProcess(process.execPath, args, {
      logPath: join(folder, 'log'),
      env: { HEADRACE_ACCESS_KEY: credentials.accessKeyId, HEADRACE_SECRET_KEY: credentials.secretKey },
    })
    await server.ready(`http://${host}:${ports[0]}/-/ready`)
    return new DriveServer(folder, server, ports, drives)
  }

  endpoint(bucket: string): Endpoint {
    return { host, port: this.port, credentials, bucket }
  }

  rootOf(number: number): string {
    return join(this.folder, `d${number}`)
  }

  /** Adds one more drive, and waits until it has its share. */
  async addDrive(): Promise<{ readonly id: number; readonly root: string; readonly seconds: number }> {
    this.#drives += 1
    const root = this.rootOf(this.#drives)
    mkdirSync(root)
    const beganMs = performance.now()
    const { added, work } = await this.admin.addDrives({
      drives: [{ path: root, host: null, rack: null, deviceClass: 'hot' }],
    })
    await this.workEnds(work)
    return { id: added[0]?.id as number, root, seconds: (performance.now() - beganMs) / 1000 }
  }

  /** Without those that are leaving, or were lost. */
  async drivesIn(): Promise<readonly DriveStatus[]> {
    const { drives } = await this.admin.drives({})
    return drives.filter(({ membership }) => membership === 'in')
  }

  /** A drive that is not needed for journal and index, and not the first. */
  async spareDrive(): Promise<{ readonly id: number; readonly root: string }> {
    const drives = await this.drivesIn()
    const spare = drives.findLast(({ isIndexDrive, path }) => !isIndexDrive && path !== this.rootOf(1))
    if (spare === undefined) throw new Error('every drive has an index')
    return { id: spare.id, root: spare.path }
  }

  /** Takes the folder of a drive away while the server runs. @returns removes it for good */
  pull(root: string): () => void {
    const aside = `${root}.pulled`
    renameSync(root, aside)
    return () => rmSync(aside, { recursive: true })
  }

  async workEnds(work: StartedWork | null): Promise<void> {
    if (work === null) return
    for (;;) {
      const { startedMs, finishedMs, state, note } = await this.admin.progress({ worker: work.worker })
      if (state === 'failed') throw new Error(`${work.worker} failed: ${note}`)
      if (startedMs !== null && startedMs >= work.startedMs && finishedMs !== null) return
      await pause(pollMs)
    }
  }

  /** What nothing names any more is removed: from then on no file goes away by itself. */
  async settles(): Promise<void> {
    for (let polls = 0; polls < settlePollsMax; polls += 1) {
      if ((await this.metric('headrace_store_trash_entries')) === 0) return
      await pause(pollMs)
    }
    throw new Error('files that nothing needs are not removed')
  }

  /** A figure of `/metrics`: the sum of its samples. */
  async metric(name: string, labels = ''): Promise<number> {
    const reply = await fetch(`http://${host}:${this.#adminPort}/metrics`)
    return sumOf(await reply.text(), name, labels)
  }

  async usage(): Promise<Usage> {
    const reply = await fetch(`http://${host}:${this.#adminPort}/metrics`)
    const text = await reply.text()
    const ids = this.#process.processIds()
    const sum = (field: string) => ids.reduce((all, id) => all + ioOf(id, field), 0)
    return {
      readBytes: sumOf(text, 'headrace_background_bytes_total', 'direction="read"'),
      writtenBytes: sumOf(text, 'headrace_background_bytes_total', 'direction="written"'),
      calls: { readBytes: sum('rchar'), writtenBytes: sum('wchar') },
      disk: { readBytes: sum('read_bytes'), writtenBytes: sum('write_bytes') },
      cpuMs: cpuMsOf(ids),
    }
  }

  async stop(): Promise<void> {
    await this.#process.stop()
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export function since(before: Usage, after: Usage): Usage {
  const grown = (a: Usage['calls'], b: Usage['calls']) => ({
    readBytes: b.readBytes - a.readBytes,
    writtenBytes: b.writtenBytes - a.writtenBytes,
  })
  return {
    ...grown(before, after),
    calls: grown(before.calls, after.calls),
    disk: grown(before.disk, after.disk),
    cpuMs: after.cpuMs - before.cpuMs,
  }
}

function sumOf(text: string, name: string, labels: string): number {
  return text
    .split('\n')
    .filter((line) => (line.startsWith(`${name} `) || line.startsWith(`${name}{`)) && line.includes(labels))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0)
}

/** Linux only. */
function ioOf(processId: number, field: string): number {
  try {
    const text = readFileSync(`/proc/${processId}/io`, 'utf8')
    return Number(new RegExp(`^${field}: (\\d+)`, 'm').exec(text)?.[1] ?? 0)
  } catch {
    return 0
  }
}
