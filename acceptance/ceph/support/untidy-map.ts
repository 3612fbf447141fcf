import { randomUUID } from 'node:crypto'
import type { MonCommand } from '../../../tools/ceph/commands.ts'

// A part of the CRUSH map with OSDs that the monitor knows and that have no daemon, as untidy as real clusters are.

const firstId = 10
const osdCount = 18
const hostCount = 9
const rackCount = 3
export const untidyIds = Array.from({ length: osdCount }, (_, index) => firstId + index)

/** Where an OSD of the untidy part is. */
export function placeOf(id: number): { host: string; rack: string } {
  const host = (id - firstId) % hostCount
  return { host: `h${host}`, rack: `r${host % rackCount}` }
}

const rules = [
  { name: 'by-host', root: 'main', type: 'host' },
  { name: 'by-rack', root: 'main', type: 'rack' },
  { name: 'by-osd', root: 'main', type: 'osd' },
  { name: 'fast', root: 'main', type: 'host', class: 'ssd' },
]

const profiles = [
  { name: 'four-two', profile: ['k=4', 'm=2', 'crush-failure-domain=host', 'crush-root=main'] },
  {
    name: 'two-one',
    profile: ['k=2', 'm=1', 'crush-failure-domain=host', 'crush-root=main', 'crush-device-class=hdd'],
  },
]

/** The last is on its way to fewer placements, and will not get there without OSDs that run. */
const pools = [
  { pool: 'by-host', pg_num: 48, pgp_num: 48, rule: 'by-host', size: '3' },
  { pool: 'by-rack', pg_num: 32, pgp_num: 32, rule: 'by-rack', size: '3' },
  { pool: 'fast', pg_num: 24, pgp_num: 24, rule: 'fast', size: '2' },
  { pool: 'by-osd', pg_num: 32, pgp_num: 20, rule: 'by-osd', size: '3' },
]

/** Makes the part: hosts in racks, two classes, pools of both kinds, weight sets, reweights, primary affinities. */
export function untidyCommands(): MonCommand[] {
  return [
    ...newOsds(untidyIds),
    ...untidyIds.flatMap((id) =>
      boot(id, { ...placeOf(id), weight: 1 + (id % 4), class: id % 3 === 0 ? 'ssd' : 'hdd' }),
    ),
    ...rules.map((rule) => ({ prefix: 'osd crush rule create-replicated', ...rule })),
    ...profiles.map((profile) => ({ prefix: 'osd erasure-code-profile set', ...profile })),
    ...pools.flatMap(({ pool, size, ...how }) => [
      { prefix: 'osd pool create', pool, pool_type: 'replicated', ...how },
      { prefix: 'osd pool set', pool, var: 'size', val: size },
    ]),
    ...profiles.map(({ name }) => ({
      prefix: 'osd pool create',
      pool: name,
      pool_type: 'erasure',
      erasure_code_profile: name,
      pg_num: 24,
      pgp_num: 24,
    })),
    { prefix: 'osd set-require-min-compat-client', version: 'luminous' },
    { prefix: 'osd crush weight-set create-compat' },
    { prefix: 'osd crush weight-set reweight-compat', item: 'osd.12', weight: [0.7] },
    { prefix: 'osd crush weight-set reweight-compat', item: 'osd.20', weight: [2.5] },
    { prefix: 'osd reweight', id: 14, weight: 0.6 },
    { prefix: 'osd out', ids: ['17'] },
    ...[11, 15, 21].map((id, index) => ({ prefix: 'osd primary-affinity', id, weight: 0.3 * index })),
  ]
}

/**
 * Makes OSDs known to the monitor. It has them in without counting them as such until they were in for a second time,
 * and ends itself when it finds more of those down than it has counted (16.2).
 */
export function newOsds(ids: readonly number[]): MonCommand[] {
  return [
    ...ids.map((id) => ({ prefix: 'osd new', uuid: randomUUID(), id })),
    { prefix: 'osd out', ids: ids.map(String) },
    { prefix: 'osd in', ids: ids.map(String) },
  ]
}

/** What an OSD tells the monitor when it starts for the first time. */
export function boot(
  id: number,
  at: { readonly host: string; readonly rack: string; readonly weight: number; readonly class: string },
): MonCommand[] {
  return [
    { prefix: 'osd crush set-device-class', class: at.class, ids: [String(id)] },
    {
      prefix: 'osd crush create-or-move',
      id,
      weight: at.weight,
      args: [`host=${at.host}`, `rack=${at.rack}`, 'root=main'],
    },
  ]
}

export function purge(id: number): MonCommand {
  return { prefix: 'osd purge-actual', id, yes_i_really_mean_it: true }
}
