import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBinaryMap, pgKey, toWeight } from '@headrace/crush'
import { recordedChanges } from '../../../../test/support/ceph-golden.ts'
import { type ClusterState, toState } from '../cluster-state.ts'
import { addOsds } from './add-osds.ts'
import { countExceptions } from './clean-exceptions.ts'
import { placePool } from './place.ts'
import { gained, predict } from './predict.ts'
import { outOsds, removeOsds } from './remove-osds.ts'

const { changes } = recordedChanges()
type Recorded = (typeof changes)[number]

function stateOf({ osdDump, crushMap }: Recorded): ClusterState {
  return toState(osdDump, parseBinaryMap(Buffer.from(crushMap, 'base64')))
}

function carryOut(state: ClusterState, change: Recorded['change']): ClusterState {
  if (change.kind === 'remove') return removeOsds(state, change.ids)
  const { ids, host, rack, weight, class: deviceClass } = change
  const wanted = { weight: toWeight(weight), hosts: [host], countPerHost: ids.length, class: deviceClass, parent: rack }
  const { state: after, osds } = addOsds(state, wanted)
  assert.deepEqual(
    osds,
    ids.map((id) => ({ id, host })),
  )
  return after
}

function upSetsOf(state: ClusterState): Record<string, unknown> {
  const entries = state.cluster.pools.flatMap((pool) =>
    placePool(state, pool).map((placed, pg) => [pgKey(pool.id, pg), placed] as const),
  )
  return Object.fromEntries(entries)
}

test('addOsds, removeOsds: every placement group goes where the monitor put it, in order, with its primary', () => {
  assert.equal(changes.length, 5)
  for (const [index, recorded] of changes.entries()) {
    const state = stateOf(recorded)
    const after = carryOut(state, recorded.change)
    assert.deepEqual(upSetsOf(after), recorded.after, JSON.stringify(recorded.change))
    const next = changes[index + 1]
    if (next === undefined) continue
    const { upmap, upmapItems } = stateOf(next).cluster
    assert.deepEqual([after.cluster.upmap, after.cluster.upmapItems], [upmap, upmapItems], 'exceptions that stay')
  }
})

test('addOsds, removeOsds: the recorded changes are as untidy as can be', () => {
  const states = changes.map(stateOf)
  const [first] = states as [ClusterState]
  assert.ok(first.map.chooseArgs.length > 0, 'weight sets')
  assert.ok(
    first.cluster.deviceWeights.some((weight) => weight > 0 && weight < 0x10000),
    'a reweight',
  )
  assert.ok(
    first.primaryAffinity.some((affinity) => affinity < 0x10000),
    'primary affinity',
  )
  assert.ok(first.cluster.pools.some((pool) => pool.kind === 'erasure'))
  const counts = states.map(countExceptions)
  assert.ok((counts.at(-1) as number) < (counts[0] as number), 'exceptions are dropped')
})

test('predict: what OSDs get and give adds up; nothing moves less than the minimum', () => {
  const recorded = changes[0] as Recorded
  const before = stateOf(recorded)
  const after = carryOut(before, recorded.change)
  const { pools, osds, pgs } = predict(before, after, () => 100)
  for (const osd of osds) assert.equal(osd.bytesAfter - osd.bytesBefore, osd.bytesIn - osd.bytesOut)
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  const moved = sum(pools.map((pool) => pool.movedBytes))
  assert.equal(sum(osds.map((osd) => osd.bytesIn)), moved)
  assert.equal(sum(pgs.map((pg) => pg.movedBytes)), moved)
  assert.ok(moved > 0)
  for (const pool of pools) {
    assert.equal(pool.movedBytes, pool.movedCopies * 100)
    assert.ok(pool.movedBytes >= pool.minimumBytes)
  }
})

test('predict: nothing moves where nothing changes', () => {
  const state = stateOf(changes[0] as Recorded)
  const { pgs, pools } = predict(state, state, () => 1)
  assert.deepEqual(pgs, [])
  assert.deepEqual(new Set(pools.map((pool) => pool.minimumBytesByWeight)), new Set([0]))
})

test('removeOsds: fewer hosts than copies are told as groups that shrink', () => {
  const state = stateOf(changes[0] as Recorded)
  const all = [...state.osdIds].filter((id) => id >= 10)
  const after = removeOsds(state, all.slice(0, -2))
  const { pools } = predict(state, after, () => 1)
  const byHost = pools.find((pool) => pool.name === 'by-host')
  assert.ok((byHost?.shrunkPgs ?? 0) > 0)
})

test('outOsds: the OSD holds nothing, and its host weighs what it did', () => {
  const state = stateOf(changes[0] as Recorded)
  const after = outOsds(state, [12])
  assert.equal(after.map, state.map)
  assert.ok(Object.values(upSetsOf(after)).every((placed) => !(placed as { up: number[] }).up.includes(12)))
})

test('gained: a copy is where it was in any position, a chunk in its own', () => {
  const erasure = { kind: 'erasure' } as const
  const replicated = { kind: 'replicated' } as const
  assert.deepEqual(gained(replicated, [1, 2, 3], [3, 2, 4]), [4])
  assert.deepEqual(gained(erasure, [1, 2, 3], [3, 2, 4]), [3, 4])
  assert.deepEqual(gained(erasure, [1, 0x7fffffff], [1, 0x7fffffff]), [])
})
