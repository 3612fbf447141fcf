// What `headrace ceph plan-add` and `plan-remove` predict, beside what a real cluster then does: the OSDs of each
// placement group in order, its primary, and bytes.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { type CephCluster, startCeph } from '../../tools/ceph/ceph-cluster.ts'
import { changes, commandsOf, wordsOf } from './support/changes.ts'
import { makeExceptions } from './support/exceptions.ts'
import { type Plan, plan } from './support/headrace-ceph.ts'
import { needsCeph } from './support/needs-ceph.ts'
import { takeMap, type UpSet } from './support/osd-map.ts'
import { fillPools, pgStats, poolBytes, realPools, settle } from './support/real-data.ts'
import { purge, untidyCommands } from './support/untidy-map.ts'

/** What ceph-dev gives an OSD of 6 GiB. */
const realWeight = 0.00589
/** Of the untidy map, an OSD that stays down. */
const downId = 19

suite('plans', needsCeph(), () => {
  let cluster: CephCluster
  before(async () => {
    cluster = await startCeph({ osdCount: 5, rgwPorts: [] })
  })
  after(() => cluster?.stop())

  test('plan-remove and plan-add: a cluster with data does as predicted, to the byte', async () => {
    await fillPools(cluster)
    const atFirst = await pgStats(cluster)
    const removal = await plan('plan-remove', 'osd.4', '--conf', cluster.conf)
    await cluster.kill('osd.4')
    await cluster.sendCommands([purge(4), { prefix: 'osd crush remove', name: 'host4' }])
    const without = await settle(cluster, ({ up }) => !up.includes(4))
    assertAsPlanned(removal, upSetsOf(atFirst), upSetsOf(without))
    assertBytes(removal, without)
    assert.ok(removal.movedBytes > 0 && removal.movedBytes >= removal.minimumBytes)

    const addition = await plan('plan-add', '--osd', String(realWeight), '--host', 'host4', '--conf', cluster.conf)
    const uuid = readFileSync(join(cluster.folder, 'osd', '4', 'fsid'), 'utf8').trim()
    await cluster.sendCommands([{ prefix: 'osd new', uuid, id: 4 }])
    await cluster.start('osd.4')
    const wanted = new Map(addition.pgs.map(({ pgid, after }) => [pgid, String(after)]))
    const again = await settle(cluster, ({ pgid, up }) => !wanted.has(pgid) || String(up) === wanted.get(pgid))
    assertAsPlanned(addition, upSetsOf(without), upSetsOf(again))
    assertBytes(addition, again)
    assert.equal(
      addition.osds.reduce((sum, { bytesIn }) => sum + bytesIn, 0),
      addition.movedBytes,
    )
  })

  test('plan-remove and plan-add: exact on an untidy map, by osdmaptool --test-map-pgs-dump-all', async () => {
    await cluster.sendCommands([{ prefix: 'osd set', key: 'noout' }, ...untidyCommands()])
    const map = () => takeMap(cluster, { osd: 0, weight: realWeight }, [downId])
    await makeExceptions(cluster, await map())
    let current = await map()
    let dropped = 0
    for (const change of changes) {
      const words = wordsOf(change)
      const planned = await plan(...words, ...current.options)
      await cluster.sendCommands(commandsOf(change))
      const next = await map()
      assert.ok(planned.pgs.length > 0, words.join(' '))
      assertAsPlanned(planned, current.upSets, next.upSets)
      dropped += planned.droppedExceptions
      current = next
    }
    assert.ok(dropped > 0, 'some exceptions lost their sense')
  })
})

/** A placement group that the plan does not name stays as it was. */
function assertAsPlanned({ pgs }: Plan, before: ReadonlyMap<string, UpSet>, after: ReadonlyMap<string, UpSet>): void {
  const planned = new Map(pgs.map((pg) => [pg.pgid, pg]))
  for (const [pgid, now] of after) {
    const pg = planned.get(pgid)
    if (pg !== undefined) assert.deepEqual({ up: pg.before, primary: pg.primaryBefore }, before.get(pgid), pgid)
    const expected = pg === undefined ? before.get(pgid) : { up: pg.after, primary: pg.primaryAfter }
    assert.deepEqual(now, expected, pgid)
  }
}

function upSetsOf(stats: Awaited<ReturnType<typeof pgStats>>): Map<string, UpSet> {
  return new Map(stats.map(({ pgid, up, up_primary }) => [pgid, { up, primary: up_primary }]))
}

/** Every OSD holds as much of the two pools as the plan says, others being empty. */
function assertBytes({ osds }: Plan, stats: Awaited<ReturnType<typeof pgStats>>): void {
  const held = new Map<number, number>()
  const smallest = Math.min(...stats.map(({ pgid }) => Number(pgid.split('.')[0])))
  for (const { pgid, up, stat_sum } of stats) {
    const { dataChunks } = realPools[Number(pgid.split('.')[0]) === smallest ? 0 : 1]
    for (const osd of up) held.set(osd, (held.get(osd) ?? 0) + stat_sum.num_bytes / dataChunks)
  }
  const total = [...held.values()].reduce((sum, bytes) => sum + bytes, 0)
  assert.equal(total, 3 * poolBytes + 1.5 * poolBytes)
  for (const { id, bytesAfter } of osds) assert.equal(bytesAfter, held.get(id) ?? 0, `osd.${id}`)
}
