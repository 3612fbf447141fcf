import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RowQueue } from './row-queue.ts'

function id(number: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(number)
  return bytes
}

function takeAll(queue: RowQueue): number[] {
  const taken: number[] = []
  for (let next = queue.take(); next !== undefined; next = queue.take()) taken.push(next.readUInt32BE())
  return taken
}

test('RowQueue: the most urgent first, each urgency in its order, also when some come in between', () => {
  const queue = new RowQueue()
  for (const [number, urgency] of [9, 0, 10, 9, 0, 1].entries()) queue.add(id(number), urgency)
  assert.equal(queue.take()?.readUInt32BE(), 1)
  queue.add(id(6), 0)
  assert.deepEqual(takeAll(queue), [4, 6, 5, 0, 3, 2])
  assert.equal(queue.size, 0)
  queue.add(id(7), 3)
  assert.deepEqual(takeAll(queue), [7])
})

test('RowQueue: when it is full, it forgets what is least urgent', () => {
  const queue = new RowQueue()
  for (let number = 0; number < 200_000; number += 1) queue.add(id(number), 10)
  assert.equal(queue.isCut, false)
  queue.add(id(200_000), 10)
  queue.add(id(200_001), 0)
  assert.equal(queue.isCut, true)
  const taken = takeAll(queue)
  assert.deepEqual([taken.length, taken[0], taken[1], taken.at(-1)], [200_000, 200_001, 0, 199_998])
})
