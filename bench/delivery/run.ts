// `npm run bench -- delivery [--seconds S --rounds N --only get-64M,kill --publish]`: what stands in front of three RGW nodes,
// measured side by side, well and with faults. README.md says more.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type CephCluster, startCeph } from '../../tools/ceph/ceph-cluster.ts'
import { credentials } from '../targets/target.ts'
import { bucket, straight, throughProxy } from './access.ts'
import { type ChaosRun, runScenario } from './chaos/run-scenario.ts'
import { scenarios } from './chaos/scenarios.ts'
import { writeObjectSet } from './load/run-clients.ts'
import { type MeasureOptions, measureRow, type RowRun } from './measure-rows.ts'
import { startFileServer } from './proxies/file-server.ts'
import { withProxies } from './proxies/start-proxies.ts'
import { type DeliveryReport, load, markdownReport } from './report.ts'
import { chaosObjects, deliveryRows, refusedObjects } from './rows.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    'chaos-seconds': { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    publish: { type: 'boolean', default: false },
  },
})
const known = [...deliveryRows, ...scenarios].map(({ name }) => name)
const wanted = values.only?.split(',') ?? known
const unknown = wanted.find((name) => !known.includes(name))
if (unknown !== undefined) throw new Error(`nothing is called ${unknown}; there are ${known.join(', ')}`)
const rows = deliveryRows.filter(({ name }) => wanted.includes(name))
const options: MeasureOptions = { rounds: Number(values.rounds), seconds: Number(values.seconds), say }

const folder = mkdtempSync(join(tmpdir(), 'headrace-delivery-'))
const about = new Set<string>()
const measured: RowRun[] = []
const chaos: ChaosRun[] = []
const loads = [load()]
try {
  await measureOverFiles()
  if (rows.some(({ upstreams }) => upstreams === 'rgw') || scenarios.some(({ name }) => wanted.includes(name))) {
    await using cluster = await startCeph({ onProgress: say })
    await writeObjectSet({ ...firstNode(cluster) }, refusedObjects)
    await measureOverNodes(cluster)
    await measureChaos(cluster)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
loads.push(load())
const command = `npm run bench -- delivery${process.argv.length > 2 ? ` ${process.argv.slice(2).join(' ')}` : ''}`
const date = new Date().toISOString()
const report: DeliveryReport = { command, date, about: [...about], loads, rows: measured, chaos }
const text = markdownReport(report, rows)
process.stdout.write(text)
if (values.publish) {
  const path = fileURLToPath(new URL(`../results/${date.slice(0, 10)}-delivery`, import.meta.url))
  writeFileSync(`${path}.md`, text)
  writeFileSync(`${path}.json`, `${JSON.stringify(report, undefined, 1)}\n`)
}

/** In front of nginx, which serves files and asks for no signature: what the proxies themselves can do. */
async function measureOverFiles(): Promise<void> {
  const overFiles = rows.filter(({ upstreams }) => upstreams === 'files')
  if (overFiles.length === 0) return
  const own = join(folder, 'files')
  mkdirSync(own)
  const sets = overFiles.map(({ objects }) => objects)
  const server = await startFileServer(own, sets)
  if (server === undefined) return say('nginx: not on PATH, rows over files are left out')
  try {
    const endpoints = [`http://${server.host}:${server.port}`]
    const checkPath = `/${bucket}/${sets[0]?.name}/0`
    await withProxies(own, ['haproxy', 'headrace'], { endpoints, credentials, checkPath }, async (proxies) => {
      for (const row of overFiles) measured.push(...(await measureRow(row, proxies.map(throughProxy), options)))
    })
  } finally {
    await server.stop()
  }
}

async function measureOverNodes(cluster: CephCluster): Promise<void> {
  const overNodes = rows.filter(({ upstreams }) => upstreams === 'rgw')
  if (overNodes.length === 0) return
  const { endpoints, keys } = cluster
  await withProxies(
    join(folder, 'rgw'),
    ['haproxy', 'nginx', 'headrace'],
    { endpoints, credentials: keys },
    async (proxies) => {
      for (const proxy of proxies) about.add(`**${proxy.name}**: ${proxy.about}`)
      const ways = [straight(endpoints, keys), ...proxies.map(throughProxy)]
      for (const row of overNodes) measured.push(...(await measureRow(row, ways, options)))
    },
  )
}

async function measureChaos(cluster: CephCluster): Promise<void> {
  const chosen = scenarios.filter(({ name }) => wanted.includes(name))
  if (chosen.length > 0) await writeObjectSet(firstNode(cluster), chaosObjects)
  for (const scenario of chosen) {
    chaos.push(...(await runScenario(scenario, { cluster, folder, seconds: Number(values['chaos-seconds']), say })))
  }
}

function firstNode({ endpoints, keys }: CephCluster) {
  const [first] = straight(endpoints, keys).endpoints
  if (first === undefined) throw new Error('the cluster has no RGW node')
  return first
}

function say(line: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`)
}
