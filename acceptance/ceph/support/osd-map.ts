import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CephCluster } from '../../../tools/ceph/ceph-cluster.ts'
import { run } from '../../support/program.ts'

/** Where Ceph puts a placement group. */
export interface UpSet {
  readonly up: readonly number[]
  readonly primary: number
}

/** The cluster's map as osdmaptool sees it, with every OSD up, whether there is a daemon or not. */
export interface OsdMap {
  /** Options with which `headrace ceph` reads the same map from files. */
  readonly options: readonly string[]
  /** By placement group: `3.1f`. */
  readonly upSets: ReadonlyMap<string, UpSet>
}

/** An OSD whose weight is set to what it is: osdmaptool saves a map after such an edit only. */
export interface Anchor {
  readonly osd: number
  readonly weight: number
}

/** Takes the map of now. OSDs in `down` stay as they are. */
export async function takeMap(cluster: CephCluster, anchor: Anchor, down: readonly number[] = []): Promise<OsdMap> {
  const file = (name: string) => join(cluster.folder, name)
  const osdmaptool = (...args: string[]) => run('osdmaptool', [file('osdmap'), ...args])
  await cluster.ceph('osd', 'getmap', '-o', file('osdmap'))
  for (const id of downIdsOf(await osdmaptool('--dump', 'json'))) {
    if (down.includes(id)) continue
    await osdmaptool('--mark-up', String(id), '--adjust-crush-weight', `${anchor.osd}:${anchor.weight}`, '--save')
  }
  await osdmaptool('--export-crush', file('crushmap'))
  writeFileSync(file('osd-dump.json'), jsonOf(await osdmaptool('--dump', 'json')))
  writeFileSync(file('pg-dump.json'), await cluster.ceph('pg', 'dump', 'pgs', '--format', 'json'))
  const names = { 'osd-dump': 'osd-dump.json', 'crush-dump': 'crushmap', 'pg-dump': 'pg-dump.json' }
  return {
    options: Object.entries(names).flatMap(([option, name]) => [`--${option}`, file(name)]),
    upSets: readUpSets(await osdmaptool('--test-map-pgs-dump-all')),
  }
}

/** Up sets of a cluster that runs. */
export async function runningUpSets(cluster: CephCluster): Promise<Map<string, UpSet>> {
  const { pg_stats } = JSON.parse(await cluster.ceph('pg', 'dump', 'pgs_brief', '--format', 'json')) as {
    pg_stats: { pgid: string; up: number[]; up_primary: number }[]
  }
  return new Map(pg_stats.map(({ pgid, up, up_primary }) => [pgid, { up, primary: up_primary }]))
}

/** `3.1f raw ([1,2], p1) up ([1,2], p1) acting ([1,2], p1)` */
function readUpSets(text: string): Map<string, UpSet> {
  const lines = text.matchAll(/^(\d+\.[0-9a-f]+) raw .* up \((\[[^\]]*\]), p(-?\d+)\) acting/gm)
  return new Map(
    [...lines].map(([, pgid, up, primary]) => [`${pgid}`, { up: JSON.parse(`${up}`), primary: Number(primary) }]),
  )
}

function downIdsOf(output: string): number[] {
  const { osds } = JSON.parse(jsonOf(output)) as { osds: { osd: number; up: number }[] }
  return osds.flatMap(({ osd, up }) => (up === 1 ? [] : [osd]))
}

/** osdmaptool says first what it reads. */
function jsonOf(output: string): string {
  return output.slice(output.indexOf('{'))
}
