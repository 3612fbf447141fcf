import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CephCluster } from '../../../tools/ceph/ceph-cluster.ts'
import { seededChance } from '../../support/bytes.ts'
import { run } from '../../support/program.ts'
import type { OsdMap } from './osd-map.ts'
import { untidyIds } from './untidy-map.ts'

/** Exceptions: those with which Ceph would balance the pools, and others that are nobody's idea. */
export async function makeExceptions(cluster: CephCluster, { upSets }: OsdMap): Promise<void> {
  const file = join(cluster.folder, 'upmap')
  await run('osdmaptool', [
    join(cluster.folder, 'osdmap'),
    '--upmap',
    file,
    '--upmap-max',
    '30',
    '--upmap-deviation',
    '1',
  ])
  const balanced = [...readFileSync(file, 'utf8').matchAll(/^ceph osd pg-upmap-items (\S+) (.*)$/gm)]
  const chance = seededChance('exceptions')
  const odd = [...upSets].flatMap(([pgid, { up }]) => {
    const from = up.find((id) => untidyIds.includes(id))
    const to = untidyIds[chance(untidyIds.length)]
    if (chance(8) > 0 || from === undefined || to === undefined || up.includes(to)) return []
    return [{ prefix: 'osd pg-upmap-items', pgid, id: [from, to] }]
  })
  await cluster.sendCommands([
    ...odd,
    ...balanced.map(([, pgid, ids = '']) => ({
      prefix: 'osd pg-upmap-items',
      pgid,
      id: ids.trim().split(' ').map(Number),
    })),
  ])
}
