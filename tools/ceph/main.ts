// `tools/ceph-dev …`: see README.md. What it does is in ceph-cluster.ts; here are words.
import { tmpdir, userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type CephCluster, openCeph, startCeph } from './ceph-cluster.ts'

const usage = `ceph-dev: a real Ceph cluster on this machine, for tests and benches.

  ceph-dev up [--port N[,N…]] [--mon-port N] [--osds N] [--no-tcp-nodelay]
                          start a monitor, a manager, OSDs (4) and an RGW node for each port (3, free ones)
  ceph-dev down           end it; nothing is left
  ceph-dev status         which daemons run, and where S3 is served
  ceph-dev kill RGW       end a node with SIGKILL, or in order with --term
  ceph-dev stop RGW       SIGSTOP: it keeps its connections and answers nothing
  ceph-dev cont RGW       SIGCONT: it goes on
  ceph-dev start RGW      start a node again that has ended

RGW is a number from 1, or any daemon's name: rgw.2, osd.0, mon.a, mgr.x.

  --dir FOLDER            where all of it is kept (default: one for this user, below the temporary folder)
  --json                  print JSON`

const options = {
  dir: { type: 'string' },
  port: { type: 'string' },
  'mon-port': { type: 'string' },
  osds: { type: 'string' },
  'no-tcp-nodelay': { type: 'boolean' },
  term: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

type Values = ReturnType<typeof parse>['values']

/** Named, so that `down` finds what `up` started. */
const folderDefault = join(tmpdir(), `ceph-dev-${userInfo().username}`)

const commands: Record<string, (folder: string, daemon: string, values: Values) => Promise<unknown>> = {
  async up(folder, _, values) {
    const cluster = await up(folder, values)
    return show(cluster, values)
  },
  async down(folder) {
    await openCeph(folder).stop()
  },
  async status(folder, _, values) {
    show(openCeph(folder), values)
  },
  async kill(folder, daemon, { term }) {
    await openCeph(folder).kill(daemon, term ? 'SIGTERM' : 'SIGKILL')
  },
  async stop(folder, daemon) {
    openCeph(folder).pause(daemon)
  },
  async cont(folder, daemon) {
    openCeph(folder).resume(daemon)
  },
  async start(folder, daemon) {
    await openCeph(folder).start(daemon)
  },
}

async function main(words: readonly string[]): Promise<void> {
  const { values, positionals } = parse(words)
  const [name = '', daemon, ...rest] = positionals
  if (values.help || name === '' || name === 'help') return console.log(usage)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) throw new Error(`no command is called ${name}\n\n${usage}`)
  const takesDaemon = ['kill', 'stop', 'cont', 'start'].includes(name)
  if (takesDaemon !== (daemon !== undefined) || rest.length > 0)
    throw new Error(`${name} takes ${takesDaemon ? 'one RGW node' : 'no name'}\n\n${usage}`)
  await command(
    resolve(values.dir ?? folderDefault),
    /^\d+$/.test(daemon ?? '') ? `rgw.${daemon}` : (daemon ?? ''),
    values,
  )
}

/** Starts a cluster that outlives this process, and says how far it is. Ctrl-C leaves nothing behind. */
async function up(folder: string, values: Values): Promise<CephCluster> {
  const controller = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort())
  const startedMs = performance.now()
  const rgwPorts = values.port?.split(',').map((text) => wholeNumber('--port', text))
  try {
    return await startCeph({
      folder,
      isBound: false,
      tcpNodelay: !values['no-tcp-nodelay'],
      signal: controller.signal,
      ...(rgwPorts && { rgwPorts }),
      ...(values['mon-port'] && { monPort: wholeNumber('--mon-port', values['mon-port']) }),
      ...(values.osds && { osdCount: wholeNumber('--osds', values.osds) }),
      onProgress: (line) =>
        console.error(`ceph-dev: ${((performance.now() - startedMs) / 1000).toFixed(1)} s: ${line}`),
    })
  } catch (error) {
    if (controller.signal.aborted) throw new Error('given up: nothing is left', { cause: error })
    throw error
  }
}

function show(cluster: CephCluster, { json }: Values): void {
  const { folder, conf, endpoints, keys, settings } = cluster
  const daemons = cluster.states()
  if (json)
    return console.log(JSON.stringify({ folder, conf, endpoints, ...keys, tcpNodelay: settings.tcpNodelay, daemons }))
  console.log(`  Folder      ${folder}
  Settings    ${conf}
  Endpoints   ${endpoints.join(' ')}
  Access key  ${keys.accessKeyId}
  Secret key  ${keys.secretKey}
`)
  for (const { name, state, pid } of daemons)
    console.log(`  ${name.padEnd(6)}  ${state}${pid === undefined ? '' : `, process ${pid}`}`)
}

function parse(words: readonly string[]) {
  return parseArgs({ args: [...words], options, allowPositionals: true, strict: true })
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new Error(`${option} takes whole numbers, not ${text}`)
  return Number(text)
}

main(process.argv.slice(2)).catch((error: Error) => {
  console.error(`ceph-dev: ${error.message}`)
  process.exitCode = 1
})
