import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MendScene } from '../../../test/support/mend-scene.ts'
import { objectBytes } from '../../../test/support/work-scene.ts'
import { markDown, markOut } from '../../store/embedded/placement/edit-map.ts'
import type { CensusReport } from './census-report.ts'

async function take(scene: MendScene, depth: 'light' | 'deep' = 'light'): Promise<CensusReport> {
  return await scene.finish(scene.census.take(depth, scene.abort.signal))
}

/** Rows by pool and by how many chunks can be read. */
function widths({ widths: all }: CensusReport): string[] {
  return all.map(({ k, m, readableChunks, rows }) => `${rows} rows of ${k}+${m} with ${readableChunks}`)
}

async function filled(): Promise<{ scene: MendScene; small: Buffer; large: Buffer }> {
  const scene = await MendScene.begin(6)
  const small = await scene.put('small', objectBytes(40_000, 'small'))
  await scene.put('middle', objectBytes(500_000, 'middle'))
  const large = await scene.put('large', objectBytes(6_000_000, 'large'))
  await scene.put('tiny', objectBytes(100, 'tiny'))
  return { scene, small, large }
}

test('census: a whole store is full', async () => {
  const { scene } = await filled()
  for (const depth of ['light', 'deep'] as const) {
    const report = await take(scene, depth)
    assert.equal(report.verdict, 'full')
    assert.deepEqual(widths(report), ['1 rows of 1+2 with 3', '2 rows of 4+2 with 6'])
    assert.deepEqual([report.rows, report.bytes, report.lostRows, report.lost], [3, 6_540_000, 0, []])
  }
  const { doneBytes, totalBytes } = scene.census.status()
  assert.equal(doneBytes, totalBytes)
  assert.ok(doneBytes >= 40_000 * 3 + 6_500_000 * 1.5)
})

test('census: what cannot be read now is counted, and is healed when its drive is up', async () => {
  const { scene, small, large } = await filled()
  scene.lose(small, 1)
  scene.lose(large, 0)
  scene.lose(large, 5)
  const report = await take(scene)
  assert.equal(report.verdict, 'healing')
  // With the segment of a small chunk went what else it had.
  const [copies, ...others] = widths(report)
  assert.equal(copies, '1 rows of 1+2 with 2')
  assert.ok(others.includes('1 rows of 4+2 with 4'), others.join())
  await scene.mend()
  assert.equal(scene.census.last?.verdict, 'full')
  await scene.requireAll('healed')
})

test('census: a file that is too short is noticed lightly, a flipped bit deeply', async () => {
  const { scene, small, large } = await filled()
  const { disk, path } = scene.placeOf(large, 3)
  disk.sim.replaceWith(
    new Map([...disk.sim.image()].map(([name, bytes]) => [name, name === path ? bytes.subarray(0, 1_000_000) : bytes])),
  )
  scene.flip(large, 4, 100_000)
  scene.flip(small, 2)
  assert.deepEqual(widths(await take(scene)), ['1 rows of 1+2 with 3', '1 rows of 4+2 with 6', '1 rows of 4+2 with 5'])
  assert.deepEqual(widths(await take(scene, 'deep')), [
    '1 rows of 1+2 with 2',
    '1 rows of 4+2 with 6',
    '1 rows of 4+2 with 4',
  ])
  await scene.mend()
  assert.equal((await take(scene, 'deep')).verdict, 'full')
})

test('census: a chunk that another one stands in the place of is noticed', async () => {
  const { scene, large } = await filled()
  const { disk, path } = scene.placeOf(large, 3)
  const other = scene.placeOf(large, 4)
  const foreign = other.disk.sim.image().get(other.path) as Buffer
  disk.sim.replaceWith(new Map([...disk.sim.image(), [path, foreign]]))
  assert.equal((await take(scene)).verdict, 'healing')
})

test('census: the last one is remembered over a restart', async () => {
  const { scene } = await filled()
  const report = await take(scene)
  await scene.restart()
  assert.deepEqual(scene.census.last, report)
})

test('census: while drives are away that are waited for, a drive is missing', async () => {
  const { scene } = await filled()
  scene.change((map) => markDown(map, 0, scene.clock.now()))
  scene.change((map) => markDown(map, 1, scene.clock.now()))
  const { verdict, lostRows } = await take(scene)
  assert.deepEqual([verdict, lostRows], ['degraded: drive missing', 0])
  scene.change((map) => markDown(map, 2, scene.clock.now()))
  const lost = await take(scene)
  assert.equal(lost.verdict, 'lost')
  assert.deepEqual(lost.lost.map(({ key }) => key).sort(), ['large', 'middle'])
  scene.change((map) => markOut(map, 0))
  assert.equal((await take(scene)).verdict, 'lost')
})

test('census: when it was asked for, its status tells from when on', async () => {
  const { scene } = await filled()
  const startedMs = scene.census.start('deep')
  assert.equal(scene.census.status().state, 'working')
  assert.equal(scene.census.start(), startedMs, 'it is under way')
  await scene.work(scene.census)
  const { state, finishedMs, note } = scene.census.status()
  assert.deepEqual([state, note], ['idle', 'full'])
  assert.ok((finishedMs ?? 0) >= startedMs)
  assert.equal(scene.census.last?.startedMs, startedMs)
})

test('census: rows that are written, moved and deleted meanwhile are no loss', async () => {
  const { scene } = await filled()
  for (let number = 0; number < 20; number += 1) await scene.put(`k${number}`, objectBytes(50_000, `${number}`))
  const counting = scene.census.take('light', scene.abort.signal)
  for (let number = 0; number < 20; number += 2) await scene.remove(`k${number}`)
  const emptying = scene.worker('empty-trash').step(scene.abort.signal)
  await scene.finish(emptying)
  assert.equal((await scene.finish(counting)).verdict, 'full')
})
