// Agreement with a running cluster: it takes a map that was built here, and `osd map` places names as we do.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  addRule,
  buildMap,
  type CrushMap,
  compileMap,
  formatBinaryMap,
  none,
  objectToPlacementGroup,
  parseCrushDump,
  parseOsdDump,
  pgKey,
  toWeight,
  upSet,
} from '../src/index.ts'
import { CephCluster } from './ceph-cluster.ts'
import { needs } from './needs.ts'

const osdCount = 8
const nameCount = 1000

function clusterMap(): CrushMap {
  const devices = Array.from({ length: osdCount }, (_, id) => ({
    path: `default/rack${id % 4}/host${id}/osd.${id}`,
    weight: toWeight(1 + (id % 3) / 2),
    class: id % 2 === 0 ? 'hdd' : 'ssd',
  }))
  let map = buildMap(devices, { types: ['root', 'rack', 'host', 'osd'] })
  map = addRule(map, { name: 'copies', root: 'default', failureDomain: 'rack', kind: 'replicated' })
  map = addRule(map, { name: 'chunks', root: 'default', failureDomain: 'host', kind: 'erasure' })
  return addRule(map, { name: 'fast', root: 'default', failureDomain: 'host', kind: 'replicated', class: 'ssd' })
}

const pools = [
  { pool: 'copies', pg_num: 48, pgp_num: 48, pool_type: 'replicated', rule: 'copies' },
  { pool: 'chunks', pg_num: 16, pgp_num: 16, pool_type: 'erasure', erasure_code_profile: 'four-two', rule: 'chunks' },
  { pool: 'fast', pg_num: 32, pgp_num: 24, pool_type: 'replicated', rule: 'fast' },
]

/** What makes a cluster as untidy as real ones are: weight sets, reweights, an OSD that is out, and an exception. */
function disturbances(pgid: string, from: number, to: number) {
  return [
    { prefix: 'osd crush weight-set create-compat' },
    { prefix: 'osd crush weight-set reweight-compat', item: 'osd.1', weight: [0.7] },
    { prefix: 'osd crush weight-set reweight-compat', item: 'osd.6', weight: [2.5] },
    { prefix: 'osd reweight', id: 2, weight: 0.6 },
    { prefix: 'osd out', ids: ['5'] },
    { prefix: 'osd set-require-min-compat-client', version: 'luminous' },
    { prefix: 'osd pg-upmap-items', pgid, id: [from, to] },
    { prefix: 'osd down', ids: ['4'] },
  ]
}

interface OsdMapAnswer {
  pool: string
  objname: string
  pgid: string
  up: number[]
}

const options = { ...needs('ceph', 'ceph-mon', 'ceph-osd', 'monmaptool'), timeout: 100_000 }

test('osd map: a thousand names on a running cluster', options, async () => {
  await using cluster = await CephCluster.start(osdCount)
  writeFileSync(cluster.file('crush'), formatBinaryMap(clusterMap()))
  await cluster.ceph('osd', 'setcrushmap', '-i', cluster.file('crush'))
  await cluster.cephAll([
    { prefix: 'osd erasure-code-profile set', name: 'four-two', profile: ['k=4', 'm=2'] },
    ...pools.map((pool) => ({ prefix: 'osd pool create', ...pool })),
  ])

  const plain = await readCluster(cluster)
  const copies = plain.pools.find((pool) => pool.name === 'copies')!
  const [from = 0] = plain.place('copies', 3)
  const to = Array.from({ length: osdCount }, (_, id) => id).find((id) => id % 4 === from % 4 && id !== from)
  await cluster.stop('osd.4')
  await cluster.cephAll(disturbances(pgKey(copies.id, 3), from, to!))

  const { place, pools: placed, upmapItems } = await readCluster(cluster)
  assert.equal(upmapItems.size, 1)
  const names = Array.from({ length: nameCount }, (_, index) => `object-${index}-${'é'.repeat(index % 3)}`)
  const answers = (await cluster.cephAll(
    names.map((object, index) => ({ prefix: 'osd map', pool: placed[index % placed.length]!.name, object })),
  )) as OsdMapAnswer[]
  let exceptions = 0
  let gaps = 0
  for (const answer of answers) {
    const pool = placed.find((each) => each.name === answer.pool)!
    const pg = objectToPlacementGroup(pool, answer.objname)
    assert.equal(pgKey(pool.id, pg), answer.pgid, answer.objname)
    assert.deepEqual(place(pool.name, pg), answer.up, `${answer.objname} in ${answer.pgid}`)
    if (answer.pgid === pgKey(copies.id, 3)) exceptions += 1
    if (answer.up.includes(none)) gaps += 1
  }
  assert.equal(answers.length, nameCount)
  assert.ok(exceptions > 0 && gaps > 0, 'the names met the exception and the OSD that is down')
})

async function readCluster(cluster: CephCluster) {
  const state = parseOsdDump(await cluster.ceph('osd', 'dump', '--format', 'json'))
  const map = parseCrushDump(await cluster.ceph('osd', 'crush', 'dump'))
  const compiled = new Map(state.pools.map((pool) => [pool.name, compileMap(map, { chooseArgs: pool.id })]))
  const place = (poolName: string, pg: number) => {
    const pool = state.pools.find((each) => each.name === poolName)!
    return upSet(state, compiled.get(poolName)!, pool, pg)
  }
  return { ...state, place }
}
