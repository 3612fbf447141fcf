import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { sendCommands } from './commands.ts'
import { configuration, daemonCommand } from './configuration.ts'
import { run } from './run.ts'
import { endpointOf, keys, rgwName } from './settings.ts'
import type { Site } from './site.ts'
import { until } from './until.ts'

/** Each step takes seconds; a busy machine is given time. */
const stepTimeoutMs = 120_000

/** Pools that RGW nodes would make one after the other, the last of them during the first PUT. */
const rgwPools = [
  '.rgw.root',
  ...['log', 'control', 'meta', 'buckets.index', 'buckets.data'].map((name) => `default.rgw.${name}`),
]

/** Makes a cluster in an empty folder and starts it, step by step. */
export async function bringUp(site: Site, onProgress: (line: string) => void): Promise<void> {
  const { osdCount, rgwPorts } = site.settings
  await startMonitor(site)
  onProgress('monitor is up')
  startDaemon(site, 'mgr.x')
  const uuids = Array.from({ length: osdCount }, () => randomUUID())
  await Promise.all([announce(site, uuids), ...uuids.map((uuid, id) => makeDevice(site, id, uuid))])
  await startOsdDaemons(site, [...uuids.keys()])
  onProgress(`${osdCount} OSDs are up`)
  await makeUser(site)
  await Promise.all(rgwPorts.map((_, index) => startRgw(site, index)))
  onProgress(`${rgwPorts.length} RGW nodes answer`)
  await waitFor(site, 'all placement groups are active and clean', ['osd.0'], () => isClean(site))
}

export function startDaemon({ daemons, conf, isBound }: Site, name: string): void {
  daemons.start(name, daemonCommand(conf, name), isBound)
}

/** Starts an RGW node and waits until it answers. */
export async function startRgw(site: Site, index: number): Promise<void> {
  const name = rgwName(index)
  mkdirSync(join(site.folder, 'rgw', String(index + 1)), { recursive: true })
  startDaemon(site, name)
  const url = endpointOf(site.settings.rgwPorts[index] as number)
  await waitFor(site, `${name} answers`, [name], () => answers(url))
}

/** Starts OSDs that have a device, and waits until they are up. */
export async function startOsdDaemons(site: Site, ids: readonly number[]): Promise<void> {
  const names = ids.map((id) => `osd.${id}`)
  for (const name of names) startDaemon(site, name)
  await waitFor(site, `${names.join(', ')} up`, names, async () => {
    const { osds } = JSON.parse(await site.ceph('osd', 'dump', '--format', 'json')) as {
      osds: { osd: number; up: number }[]
    }
    return ids.every((id) => osds.some((each) => each.osd === id && each.up === 1))
  })
}

/** Waits until the monitor answers. */
export async function startMonitorDaemon(site: Site): Promise<void> {
  startDaemon(site, 'mon.a')
  await waitFor(site, 'the monitor answers', ['mon.a'], () => succeeds(site.ceph('mon', 'stat')))
}

async function startMonitor(site: Site): Promise<void> {
  const { folder, conf, settings, signal } = site
  const { fsid, monPort } = settings
  for (const name of ['run', 'log', 'mon', 'mgr', 'osd']) mkdirSync(join(folder, name))
  writeFileSync(conf, configuration(folder, settings))
  const monmap = join(folder, 'monmap')
  const address = `[v1:127.0.0.1:${monPort}]`
  await run('monmaptool', ['--create', '--addv', 'a', address, '--fsid', fsid, monmap], { signal })
  await run('ceph-mon', ['-c', conf, '--mkfs', '-i', 'a', '--monmap', monmap], { signal })
  await startMonitorDaemon(site)
}

/** Tells the monitor of all OSDs and pools that will be. */
async function announce({ conf, signal }: Site, uuids: readonly string[]): Promise<void> {
  const osds = uuids.map((uuid, id) => ({ prefix: 'osd new', uuid, id }))
  const pools = rgwPools.flatMap((pool) => [
    { prefix: 'osd pool create', pool, pg_num: 8, pgp_num: 8 },
    { prefix: 'osd pool application enable', pool, app: 'rgw' },
  ])
  await sendCommands(conf, [...osds, ...pools], signal)
}

async function makeDevice({ folder, conf, signal }: Site, id: number, uuid: string): Promise<void> {
  mkdirSync(join(folder, 'osd', String(id)))
  const args = ['-c', conf, '--no-mon-config', '-i', String(id), '--mkfs', '--osd-uuid', uuid]
  await run('ceph-osd', args, { timeoutMs: stepTimeoutMs, signal })
}

async function makeUser({ conf, signal }: Site): Promise<void> {
  const names = ['--uid', 'cephdev', '--display-name', 'ceph-dev']
  const secrets = ['--access-key', keys.accessKeyId, '--secret-key', keys.secretKey]
  const args = ['-c', conf, '--no-mon-config', 'user', 'create', ...names, ...secrets]
  await run('radosgw-admin', args, { timeoutMs: stepTimeoutMs, signal })
}

/** @param needed daemons without which it will never be so */
async function waitFor(
  { daemons, signal }: Site,
  what: string,
  needed: readonly string[],
  isSo: () => Promise<boolean>,
): Promise<void> {
  await until(what, { timeoutMs: stepTimeoutMs, signal }, async () => {
    const lost = needed.find((name) => daemons.state(name) === 'ended')
    if (lost !== undefined) throw daemons.ended(lost)
    return await isSo()
  })
}

async function isClean(site: Site): Promise<boolean> {
  const { pgmap } = JSON.parse(await site.ceph('status', '--format', 'json')) as {
    pgmap: { num_pgs: number; pgs_by_state: { state_name: string; count: number }[] }
  }
  const clean = pgmap.pgs_by_state.find(({ state_name }) => state_name === 'active+clean')
  return clean?.count === pgmap.num_pgs
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get(url, { agent: false, timeout: 1_000 }, (reply) => {
      reply.resume()
      resolve(reply.statusCode === 200)
    })
    asked.on('timeout', () => asked.destroy())
    asked.on('error', () => resolve(false))
  })
}

async function succeeds(attempt: Promise<unknown>): Promise<boolean> {
  return attempt.then(
    () => true,
    () => false,
  )
}
