import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RowQueue } from './row-queue.ts'

function id(number: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(number)
  return bytes
}

const one = { rowsMax: 1, bytesMax: 0 }

function numbers(ids: readonly Buffer[]): number[] {
  return ids.map((taken) => taken.readUInt32BE())
}

function takeAll(queue: RowQueue): number[] {
  const taken: number[] = []
  for (let next = queue.take(one); next.length > 0; next = queue.take(one)) taken.push(...numbers(next))
  return taken
}

test('RowQueue: the most urgent first, each urgency in its order, also when some come in between', () => {
  const queue = new RowQueue()
  for (const [number, urgency] of [9, 0, 10, 9, 0, 1].entries()) queue.add(id(number), urgency, 1)
  assert.deepEqual(numbers(queue.take(one)), [1])
  queue.add(id(6), 0, 1)
  assert.deepEqual(takeAll(queue), [4, 6, 5, 0, 3, 2])
  assert.equal(queue.size, 0)
  queue.add(id(7), 3, 1)
  assert.deepEqual(takeAll(queue), [7])
})

test('RowQueue: when it is full, it forgets what is least urgent', () => {
  const queue = new RowQueue()
  for (let number = 0; number < 200_000; number += 1) queue.add(id(number), 10, 1)
  assert.equal(queue.isCut, false)
  queue.add(id(200_000), 10, 1)
  queue.add(id(200_001), 0, 1)
  assert.equal(queue.isCut, true)
  const taken = takeAll(queue)
  assert.deepEqual([taken.length, taken[0], taken[1], taken.at(-1)], [200_000, 200_001, 0, 199_998])
})

test('RowQueue: rows of one urgency are taken together, as many as there may be', () => {
  const queue = new RowQueue()
  for (const [number, bytes] of [10, 20, 30, 90, 5, 5, 5].entries()) queue.add(id(number), 4, bytes)
  queue.add(id(7), 5, 1)
  const limits = { rowsMax: 2, bytesMax: 50 }
  assert.deepEqual(numbers(queue.take(limits)), [0, 1])
  assert.deepEqual(numbers(queue.take(limits)), [2])
  assert.deepEqual(numbers(queue.take(limits)), [3], 'what is larger than that comes alone')
  assert.deepEqual(numbers(queue.take({ ...limits, rowsMax: 9 })), [4, 5, 6])
  assert.deepEqual(numbers(queue.take(limits)), [7])
  assert.deepEqual(queue.take(limits), [])
  assert.equal(queue.size, 0)
})
