import { randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sendCommands } from './commands.ts'
import { configuration } from './configuration.ts'
import { run } from './run.ts'
import { keys } from './settings.ts'
import type { Site } from './site.ts'
import { startDaemon, startMonitor, startOsds, startRgw, stepTimeoutMs, waitFor } from './start-daemons.ts'

/** Pools that RGW nodes would make one after the other, the last of them during the first PUT. */
const rgwPools = [
  '.rgw.root',
  ...['log', 'control', 'meta', 'buckets.index', 'buckets.data'].map((name) => `default.rgw.${name}`),
]

/** Makes a cluster in an empty folder and starts it, step by step. */
export async function bringUp(site: Site, onProgress: (line: string) => void): Promise<void> {
  const { osdCount, rgwPorts } = site.settings
  await makeMonitor(site)
  await startMonitor(site)
  onProgress('monitor is up')
  startDaemon(site, 'mgr.x')
  const uuids = Array.from({ length: osdCount }, () => randomUUID())
  await Promise.all([announce(site, uuids), ...uuids.map((uuid, id) => makeDevice(site, id, uuid))])
  await startOsds(site, [...uuids.keys()])
  onProgress(`${osdCount} OSDs are up`)
  if (rgwPorts.length > 0) {
    await makeUser(site)
    await Promise.all(rgwPorts.map((_, index) => startRgw(site, index)))
    onProgress(`${rgwPorts.length} RGW nodes answer`)
  }
  await waitFor(site, 'all placement groups are active and clean', ['osd.0'], () => isClean(site))
}

async function makeMonitor({ folder, conf, settings, signal }: Site): Promise<void> {
  const { fsid, monPort } = settings
  for (const name of ['run', 'log', 'mon', 'mgr', 'osd']) mkdirSync(join(folder, name))
  writeFileSync(conf, configuration(folder, settings))
  const monmap = join(folder, 'monmap')
  const address = `[v1:127.0.0.1:${monPort}]`
  await run('monmaptool', ['--create', '--addv', 'a', address, '--fsid', fsid, monmap], { signal })
  await run('ceph-mon', ['-c', conf, '--mkfs', '-i', 'a', '--monmap', monmap], { signal })
}

/** Tells the monitor of all OSDs and pools that will be. */
async function announce({ conf, settings, signal }: Site, uuids: readonly string[]): Promise<void> {
  const osds = uuids.map((uuid, id) => ({ prefix: 'osd new', uuid, id }))
  const pools = (settings.rgwPorts.length > 0 ? rgwPools : []).flatMap((pool) => [
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

async function isClean(site: Site): Promise<boolean> {
  const { pgmap } = JSON.parse(await site.ceph('status', '--format', 'json')) as {
    pgmap: { num_pgs: number; pgs_by_state: { state_name: string; count: number }[] }
  }
  const clean = pgmap.pgs_by_state.find(({ state_name }) => state_name === 'active+clean')
  return (clean?.count ?? 0) === pgmap.num_pgs
}
