// A real Ceph cluster for the length of a test: one monitor and a few OSDs that keep their data in memory, all on the
// loopback address and below one temporary folder. They are ended by their process ids.
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const startTimeoutMs = 30_000

// The ceph program takes some 30 ms for each command, most of them to learn what commands there are. Its own library,
// which is installed with it, takes one.
const sendCommands = `
import rados, sys
with rados.Rados(conffile=sys.argv[1]) as cluster:
    for line in sys.stdin:
        status, answer, error = cluster.mon_command(line, b'')
        if status != 0:
            sys.exit(f'{line}: {error}')
        answer = answer.decode().strip()
        print(answer if answer.startswith('{') else '')
`

export class CephCluster {
  readonly #folder: string
  readonly #processes = new Map<string, ChildProcess>()

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** Starts a monitor and `osdCount` OSDs, and waits until all are up. */
  static async start(osdCount: number): Promise<CephCluster> {
    const cluster = new CephCluster(mkdtempSync(join(tmpdir(), 'crush-ceph-')))
    try {
      await cluster.#startMonitor()
      const uuids = Array.from({ length: osdCount }, () => randomUUID())
      await cluster.cephAll(uuids.map((uuid, id) => ({ prefix: 'osd new', uuid, id })))
      for (const [id, uuid] of uuids.entries()) cluster.#startOsd(id, uuid)
      await cluster.#until(async () => (await cluster.ceph('osd', 'stat')).includes(` ${osdCount} up`))
      return cluster
    } catch (error) {
      await cluster[Symbol.asyncDispose]()
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of [...this.#processes.keys()].reverse()) await this.stop(name)
    rmSync(this.#folder, { recursive: true })
  }

  /** Path for a file of the test's own. */
  file(name: string): string {
    return join(this.#folder, name)
  }

  /** Ends a daemon: `mon.a` or `osd.3`. */
  async stop(name: string): Promise<void> {
    const child = this.#processes.get(name)
    this.#processes.delete(name)
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGKILL')
    await exit
  }

  /** Runs one command of the ceph program and returns what it prints. */
  ceph(...args: readonly string[]): Promise<string> {
    return runProgram('ceph', ['-c', this.#conf, ...args], '')
  }

  /** Sends many commands to the monitor, each its prefix and arguments; returns their answers, parsed where JSON. */
  async cephAll(
    commands: readonly { readonly prefix: string; readonly [argument: string]: unknown }[],
  ): Promise<unknown[]> {
    const lines = commands.map((command) => JSON.stringify({ ...command, format: 'json' }))
    const output = await runProgram('/usr/bin/python3', ['-c', sendCommands, this.#conf], `${lines.join('\n')}\n`)
    return output
      .trimEnd()
      .split('\n')
      .map((line) => (line === '' ? undefined : JSON.parse(line)))
  }

  get #conf(): string {
    return this.file('ceph.conf')
  }

  async #startMonitor(): Promise<void> {
    const address = `v1:127.0.0.1:${await freePort()}`
    const fsid = randomUUID()
    mkdirSync(this.file('mon'))
    writeFileSync(this.#conf, configuration(this.#folder, fsid, address))
    const monmap = this.file('monmap')
    execFileSync('monmaptool', ['--create', '--addv', 'a', `[${address}]`, '--fsid', fsid, monmap], { stdio: 'ignore' })
    execFileSync('ceph-mon', ['-c', this.#conf, '--mkfs', '-i', 'a', '--monmap', monmap], { stdio: 'ignore' })
    this.#spawn('mon.a', 'ceph-mon', ['-c', this.#conf, '-f', '-i', 'a'])
    await this.#until(() => this.ceph('--connect-timeout', '5', 'mon', 'stat'))
  }

  #startOsd(id: number, uuid: string): void {
    mkdirSync(this.file(`osd-${id}`))
    const args = ['-c', this.#conf, '-i', String(id)]
    execFileSync('ceph-osd', [...args, '--mkfs', '--osd-uuid', uuid], { stdio: 'ignore' })
    this.#spawn(`osd.${id}`, 'ceph-osd', [...args, '-f'])
  }

  #spawn(name: string, program: string, args: readonly string[]): void {
    const output = openSync(this.file(`${name}.out`), 'w')
    this.#processes.set(name, spawn(program, args, { stdio: ['ignore', output, output] }))
  }

  /** Waits until `check` resolves to something true; its failures mean not yet. */
  async #until(check: () => Promise<unknown>): Promise<void> {
    const deadline = performance.now() + startTimeoutMs
    for (;;) {
      const reached = await check().catch(() => false)
      if (reached) return
      if (performance.now() > deadline) throw new Error('the Ceph cluster did not come up in time')
      await sleep(200)
    }
  }
}

/** Runs a client of the cluster. One that sends its first command before it has the monitors' map is told so, and runs again. */
async function runProgram(program: string, args: readonly string[], input: string): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    const { stdout, failure } = await runOnce(program, args, input)
    if (failure === undefined) return stdout
    if (attempt === 10 || !failure.includes('wrong fsid')) throw new Error(`${program} ${args.join(' ')}: ${failure}`)
  }
}

function runOnce(
  program: string,
  args: readonly string[],
  input: string,
): Promise<{ stdout: string; failure?: string }> {
  const { promise, resolve } = Promise.withResolvers<{ stdout: string; failure?: string }>()
  const child = execFile(program, args, { timeout: 60_000, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
    resolve(error === null ? { stdout } : { stdout, failure: stderr || error.message }),
  )
  child.stdin?.end(input)
  return promise
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

function configuration(folder: string, fsid: string, address: string): string {
  return `[global]
fsid = ${fsid}
mon host = ${address}
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
ms bind msgr2 = false
auth cluster required = none
auth service required = none
auth client required = none
run dir = ${folder}
admin socket = ${folder}/$name.asok
log file = ${folder}/$name.log
mon data = ${folder}/mon
mon data avail warn = 1
mon data avail crit = 1
mon allow pool size one = true
mon osd down out interval = 0
paxos propose interval = 0.05
paxos min wait = 0.01
osd data = ${folder}/osd-$id
osd objectstore = memstore
memstore device bytes = 67108864
osd crush update on start = false
osd class update on start = false
osd pool default pg autoscale mode = off
`
}
