// The cluster that tests and benches use: up, killed, stopped, gone, and nothing of it anywhere else.
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type CephCluster, openCeph } from '../../tools/ceph/ceph-cluster.ts'
import { freePorts } from '../../tools/ceph/free-ports.ts'
import { identify, stateOf } from '../../tools/ceph/process-identity.ts'
import { seededBytes } from '../support/bytes.ts'
import type { Endpoint } from '../support/endpoint.ts'
import { attempt, run } from '../support/program.ts'
import { pathOf, request } from '../support/requests.ts'
import { until } from '../support/wait.ts'
import { headraceCeph } from './support/headrace-ceph.ts'
import { listenersElsewhere, listenersOf } from './support/listeners.ts'
import { needsCeph } from './support/needs-ceph.ts'

const cephDev = fileURLToPath(new URL('../../tools/ceph-dev', import.meta.url))
const memoryBytesMax = 2 * 2 ** 30

suite('ceph-dev', needsCeph(), () => {
  const folder = mkdtempSync(join(tmpdir(), 'headrace-acceptance-'))
  let cluster: CephCluster
  let ports: readonly number[]
  before(async () => {
    ports = await freePorts(3)
    await run(cephDev, ['up', '--dir', folder, '--port', ports.join(',')])
    cluster = openCeph(folder)
  })
  after(async () => {
    await cluster?.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const endpoint = (index: number): Endpoint => {
    const url = new URL(cluster.endpoints[index] as string)
    return { ...cluster.keys, url: url.origin, host: url.hostname, port: Number(url.port), certificate: undefined }
  }
  const pids = () => cluster.states().flatMap(({ pid }) => pid ?? [])

  test('up: S3 on the ports given, nothing on other addresses, little memory', async () => {
    assert.deepEqual(
      cluster.endpoints,
      ports.map((port) => `http://127.0.0.1:${port}`),
    )
    assert.deepEqual(new Set(cluster.states().map(({ state }) => state)), new Set(['running']))
    assert.ok(listenersOf(pids()).length >= ports.length)
    assert.deepEqual(listenersElsewhere(pids()), [])
    const residentBytes = pids().reduce((sum, pid) => sum + residentBytesOf(pid), 0)
    assert.ok(residentBytes > 0 && residentBytes < memoryBytesMax, `${residentBytes} bytes`)
    assert.match(await cluster.ceph('health'), /^HEALTH_OK/)
  })

  test('nodes: what one takes, the others have', async () => {
    const body = seededBytes('an object', 300_000)
    assert.equal((await request(endpoint(0), { method: 'PUT', path: pathOf('bucket') })).status, 200)
    assert.equal((await request(endpoint(1), { method: 'PUT', path: pathOf('bucket', 'key'), body })).status, 200)
    const reply = await request(endpoint(2), { method: 'GET', path: pathOf('bucket', 'key') })
    assert.ok(reply.body.equals(body))
  })

  test('kill, stop, cont, start: one node, while the others serve', async () => {
    const get = (index: number) => request(endpoint(index), { method: 'GET', path: pathOf('bucket', 'key') })
    await run(cephDev, ['kill', '2', '--dir', folder])
    await run(cephDev, ['stop', 'rgw.3', '--dir', folder])
    const status = JSON.parse(await run(cephDev, ['status', '--dir', folder, '--json']))
    const nodeState = (name: string) => status.daemons.find((daemon: { name: string }) => daemon.name === name).state
    assert.deepEqual(['rgw.1', 'rgw.2', 'rgw.3'].map(nodeState), ['running', 'ended', 'stopped'])
    await assert.rejects(get(1))
    assert.equal((await get(0)).status, 200)
    await run(cephDev, ['cont', '3', '--dir', folder])
    await run(cephDev, ['start', '2', '--dir', folder])
    assert.deepEqual([(await get(1)).status, (await get(2)).status], [200, 200])
  })

  test('headrace ceph status, tree: an OSD that is killed, and the objects', async () => {
    await cluster.kill('osd.3')
    const conf = ['--conf', cluster.conf]
    await until('the OSD is seen to be down', 60_000, async () => {
      const { osds } = JSON.parse(await headraceCeph('status', '--json', ...conf))
      return osds.up === 3
    })
    assert.match(await headraceCeph('status', ...conf), /^Warning +OSD_DOWN: 1 osds down$/m)
    const tree = await headraceCeph('tree', ...conf)
    assert.match(tree, /^ *3 .* down +.*osd osd\.3$/m)
    assert.match(tree, /^ *2 .* up +.*osd osd\.2$/m)
    assert.match((await attempt(cephDev, ['start', 'osd.2', '--dir', folder])).stderr, /osd\.2 has not ended/)
  })

  test('down: nothing is left', async () => {
    const processes = pids().flatMap((pid) => identify(pid) ?? [])
    assert.ok(processes.length > 0)
    assert.match((await attempt(cephDev, ['up', '--dir', folder])).stderr, /is not empty/)
    await run(cephDev, ['down', '--dir', folder])
    assert.equal(existsSync(folder), false)
    assert.deepEqual(new Set(processes.map(stateOf)), new Set(['ended']))
    assert.match((await attempt(cephDev, ['down', '--dir', folder])).stderr, /There is no cluster/)
  })
})

function residentBytesOf(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
}
