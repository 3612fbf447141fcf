import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimRandom } from '../../../sim/sim-random.ts'
import { AdminScene } from '../../../test/support/admin-scene.ts'
import { sampleDataId } from '../../../test/support/drives.ts'
import { encodeDataRow } from '../../store/embedded/format/data-row.ts'
import { cappedShares } from './ideal-bytes.ts'
import { Reservoir } from './reservoir.ts'
import { Surveys } from './surveys.ts'
import { Turns } from './turns.ts'

test('Surveys: one is taken when the last is too old, when the map has changed, and when work was done', async () => {
  const scene = await AdminScene.begin(6)
  await scene.fill(4)
  let workEndedMs = 0
  const surveys = new Surveys(scene, () => workEndedMs)
  const recent = () => scene.finish(surveys.recent())
  const first = await recent()
  assert.equal(first.tally.rows, 4)
  assert.equal(await recent(), first)
  await scene.finish(scene.clock.sleep(10_000))
  const second = await recent()
  assert.notEqual(second, first)
  scene.change((map) => ({ ...map }))
  const third = await recent()
  assert.notEqual(third, second)
  await scene.finish(scene.clock.sleep(2))
  workEndedMs = scene.clock.now()
  assert.notEqual(await recent(), third)
})

test('Surveys: in a large store, who asks does not wait for the end of the first', async () => {
  const scene = await AdminScene.begin(6)
  const row = (number: number) => {
    const chunks = [0, 1, 2].map((device) => ({ kind: 'file', device, session: 1, serial: number }) as const)
    return encodeDataRow({ references: 1, pool: 1, lengthBytes: 20_000, chunks })
  }
  const writes = Array.from({ length: 70_000 }, (_, number) => {
    return { database: 'data', key: sampleDataId(number), value: row(number) } as const
  })
  scene.index.apply(writes.sort((a, b) => Buffer.compare(a.key, b.key)))
  // Each look at the clock takes time: reading the rows does, in truth.
  const monotonic = scene.clock.monotonic.bind(scene.clock)
  let workMs = 0
  scene.clock.monotonic = () => {
    workMs += 0.05
    return monotonic() + workMs
  }
  const surveys = new Surveys(scene, () => 0)
  const partial = await scene.finish(surveys.recent())
  assert.equal(partial.tookMs, undefined)
  assert.ok(partial.tally.rows > 0 && partial.tally.rows < 70_000)
  const whole = await scene.finish(surveys.whole())
  assert.equal(whole, partial)
  assert.equal(whole.tally.rows, 70_000)
  assert.deepEqual([whole.sample.items.length, whole.sample.seen], [50_000, 70_000])
  assert.equal(whole.missingChunks, 0)
})

test('Surveys: a failure is told, and the next is taken anew', async () => {
  const scene = await AdminScene.begin(2)
  const surveys = new Surveys(scene, () => 0)
  const scan = scene.index.scan
  scene.index.scan = () => {
    throw new Error('the index is damaged')
  }
  await assert.rejects(scene.finish(surveys.recent()), /damaged/)
  await assert.rejects(scene.finish(surveys.whole()), /damaged/)
  scene.index.scan = scan
  assert.equal((await scene.finish(surveys.recent())).tally.rows, 0)
})

test('Reservoir: every item has the same chance', () => {
  const random = new SimRandom(3)
  const hits = new Array<number>(10).fill(0)
  for (let round = 0; round < 2_000; round += 1) {
    const reservoir = new Reservoir<number>(50, random)
    for (let item = 0; item < 1_000; item += 1) reservoir.offer(() => item)
    assert.deepEqual([reservoir.items.length, reservoir.seen], [50, 1_000])
    for (const item of reservoir.items) hits[Math.floor(item / 100)] = (hits[Math.floor(item / 100)] as number) + 1
  }
  for (const count of hits) assert.ok(Math.abs(count / 10_000 - 1) < 0.05, hits.join(' '))
  const few = new Reservoir<number>(50, random)
  for (let item = 0; item < 7; item += 1) few.offer(() => item)
  assert.deepEqual(few.items, [0, 1, 2, 3, 4, 5, 6])
})

test('cappedShares: by weight, but none above the cap', () => {
  const shares = (weights: number[], cap: number) => [...cappedShares(new Map(weights.entries()), cap).values()]
  assert.deepEqual(shares([1, 1, 2], 1), [0.25, 0.25, 0.5])
  const capped = cappedShares(new Map([1, 1, 10].entries()), 0.5)
  assert.deepEqual([capped.get(0), capped.get(1), capped.get(2)], [0.25, 0.25, 0.5])
  const twice = cappedShares(new Map([10, 4, 1, 1].entries()), 1 / 3)
  const sum = [...twice.values()].reduce((total, share) => total + share, 0)
  assert.ok(Math.abs(sum - 1) < 1e-12)
  assert.deepEqual([twice.get(0), twice.get(1)], [1 / 3, 1 / 3])
  assert.deepEqual(shares([3, 1], 1 / 2), [0.5, 0.5])
  assert.deepEqual(shares([], 1), [])
})

test('Turns: one at a time, and a failure stops nobody else', async () => {
  const turns = new Turns()
  const seen: string[] = []
  const work = (name: string) => async () => {
    seen.push(`${name} begins`)
    await Promise.resolve()
    seen.push(`${name} ends`)
    if (name === 'a') throw new Error('a fails')
    return name
  }
  const first = turns.take(work('a'))
  const second = turns.take(work('b'))
  await assert.rejects(first, /a fails/)
  assert.equal(await second, 'b')
  assert.deepEqual(seen, ['a begins', 'a ends', 'b begins', 'b ends'])
})
