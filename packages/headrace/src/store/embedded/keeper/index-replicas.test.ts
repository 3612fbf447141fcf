import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryIndex } from '../../../../sim/memory-index.ts'
import { SimClock } from '../../../../sim/sim-clock.ts'
import { finish } from '../../../../test/support/finish.ts'
import { FormatError } from '../../../core/bytes.ts'
import { encodeNumber } from '../format/counters.ts'
import type { DatabaseName } from '../index/databases.ts'
import type { IndexItem, IndexWrite, ScanRange } from '../index/index.ts'
import { metaKeys } from '../index/keys.ts'
import { type Replica, ReplicatedIndex } from './index-replicas.ts'

/** An index that can be damaged, and counts its transactions. */
class FragileIndex extends MemoryIndex {
  /** Reads fail after so many more items. */
  itemsLeft = Number.POSITIVE_INFINITY
  writeError: Error | undefined
  transactions = 0

  override get(database: DatabaseName, key: Buffer): Buffer | undefined {
    if (this.itemsLeft <= 0) throw new FormatError('damaged')
    return super.get(database, key)
  }

  override *scan(database: DatabaseName, range: ScanRange): Generator<IndexItem> {
    for (const item of super.scan(database, range)) {
      if (this.itemsLeft <= 0) throw new FormatError('damaged')
      this.itemsLeft -= 1
      yield item
    }
  }

  override apply(writes: readonly IndexWrite[]): void {
    if (this.writeError !== undefined) throw this.writeError
    this.transactions += 1
    super.apply(writes)
  }
}

function commit(seq: number, bytes = 10): IndexWrite[] {
  const key = Buffer.from(String(seq).padStart(4, '0'))
  return [
    { database: 'data', key, value: Buffer.alloc(bytes, 1) },
    { database: 'meta', key: metaKeys.commitSeq, value: encodeNumber(seq) },
  ]
}

function scene(count: number, { queueBytesMax }: { queueBytesMax?: number } = {}) {
  const clock = new SimClock()
  const indexes = Array.from({ length: count }, () => new FragileIndex())
  const replicas = indexes.map((index, device): Replica => ({ device, path: `/d${device}`, index }))
  const moved: number[] = []
  const failed: number[] = []
  const exhausted: unknown[] = []
  const index = new ReplicatedIndex({
    primary: replicas[0] as Replica,
    others: replicas.slice(1),
    clock,
    moved: ({ device }) => moved.push(device),
    failed: ({ device }) => failed.push(device),
    exhausted: (error) => exhausted.push(error),
    ...(queueBytesMax === undefined ? {} : { queueBytesMax }),
  })
  const keys = (from: { scan: FragileIndex['scan'] } = index as never) =>
    [...from.scan('data', { from: Buffer.alloc(0) })].map(({ key }) => Number(key.toString()))
  return { clock, index, indexes: indexes as [FragileIndex, ...FragileIndex[]], keys, moved, failed, exhausted }
}

test('apply: the primary has it at once, the others when nothing else is to be done, in few transactions', () => {
  const { clock, index, indexes, keys } = scene(3)
  for (let seq = 1; seq <= 100; seq += 1) index.apply(commit(seq))
  assert.deepEqual([keys().length, keys(indexes[1]).length], [100, 0])
  clock.advance(100)
  assert.deepEqual([keys(indexes[1]).length, keys(indexes[2]).length], [100, 100])
  assert.ok((indexes[1] as FragileIndex).transactions < 3)
  assert.equal(clock.step(), false, 'no timer is left')
})

test('apply: while commits come all the time, the others are behind by seconds, not more', () => {
  const { clock, index, indexes, keys } = scene(2)
  for (let seq = 1; seq <= 5_000; seq += 1) {
    index.apply(commit(seq))
    clock.advance(2)
  }
  const behind = 5_000 - keys(indexes[1]).length
  assert.ok(behind > 100 && behind < 1_500, `${behind} commits, of 500 in a second`)
})

test('apply: what waits is bounded', () => {
  const { index, indexes, keys } = scene(2, { queueBytesMax: 2_000_000 })
  for (let seq = 1; seq <= 100; seq += 1) {
    index.apply(commit(seq, 100_000))
    assert.ok(index.queuedBytes <= 2_000_000)
  }
  assert.ok(keys(indexes[1]).length >= 80)
})

test('get and scan: when the primary is damaged the next one goes on, and has everything', () => {
  const { index, indexes, keys, moved, failed } = scene(3)
  for (let seq = 1; seq <= 10; seq += 1) index.apply(commit(seq))
  indexes[0].itemsLeft = 4
  assert.deepEqual(keys(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  assert.deepEqual([moved, failed, index.primary.path], [[1], [0], '/d1'])
  ;(indexes[1] as FragileIndex).itemsLeft = 0
  assert.ok(index.get('data', Buffer.from('0010')))
  assert.deepEqual([moved, failed, index.devices], [[1, 2], [0, 1], [2]])
})

test('scan: its limit holds over the change', () => {
  const { index, indexes } = scene(2)
  for (let seq = 1; seq <= 10; seq += 1) index.apply(commit(seq))
  indexes[0].itemsLeft = 4
  const found = [...index.scan('data', { from: Buffer.from('0002'), to: Buffer.from('0009'), limit: 6 })]
  assert.deepEqual(
    found.map(({ key }) => Number(key.toString())),
    [2, 3, 4, 5, 6, 7],
  )
})

test('apply: what one replica does not take, the others have', () => {
  const { clock, index, indexes, keys, failed } = scene(3)
  index.apply(commit(1))
  ;(indexes[1] as FragileIndex).writeError = new Error('EIO')
  indexes[0].writeError = new Error('EIO')
  index.apply(commit(2))
  clock.advance(1_000)
  assert.deepEqual([keys(), failed, index.devices], [[1, 2], [1, 0], [2]])
})

test('the last replica: its damage is told, and it stays', () => {
  const { index, indexes, exhausted, failed } = scene(1)
  index.apply(commit(1))
  indexes[0].itemsLeft = 0
  assert.throws(() => index.get('data', Buffer.from('0001')), FormatError)
  index.reportDamage(new Error('gateway 1'))
  indexes[0].writeError = new FormatError('damaged')
  assert.throws(() => index.apply(commit(2)), FormatError)
  assert.deepEqual([exhausted.length, failed], [3, []])
  assert.equal(index.drop(0, new Error('pulled')), false)
})

test('reportDamage: of a replica that answers no more it is of no interest', () => {
  const { index, moved } = scene(3)
  index.reportDamage(new Error('gateway 1'), '/d0')
  index.reportDamage(new Error('gateway 2'), '/d0')
  assert.deepEqual(moved, [1])
})

test('reserve: a replica that is made meanwhile has what came in between', () => {
  const { clock, index, indexes, keys, moved } = scene(1)
  index.apply(commit(1))
  const place = index.reserve()
  assert.equal(place.afterSeq, 1)
  const copy = new FragileIndex()
  copy.apply(commit(1))
  index.apply(commit(2))
  clock.advance(1_000)
  place.fill({ device: 7, path: '/d7', index: copy })
  assert.ok(index.drop(0, new Error('pulled')))
  assert.deepEqual([keys(), index.devices, moved], [[1, 2], [7], [7]])
  assert.equal(keys(indexes[0]).length, 2)
})

test('reserve: one that takes too long is given up', () => {
  const { index } = scene(1, { queueBytesMax: 1_000 })
  const place = index.reserve()
  for (let seq = 1; seq <= 100; seq += 1) index.apply(commit(seq, 100))
  assert.equal(index.queuedBytes, 0)
  assert.throws(() => place.fill({ device: 7, path: '', index: new FragileIndex() }), /too long/)
})

test('sync: brings all up', async () => {
  const { clock, index, indexes, keys } = scene(3)
  for (let seq = 1; seq <= 3; seq += 1) index.apply(commit(seq))
  await finish(clock, index.sync())
  for (const each of indexes) assert.equal(keys(each).length, 3)
})
