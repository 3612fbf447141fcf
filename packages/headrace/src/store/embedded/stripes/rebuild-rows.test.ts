import assert from 'node:assert/strict'
import { test } from 'node:test'
import { choices, StripeMachine, type TestData, without } from '../../../../test/support/stripe-machine.ts'
import { settled } from '../../../../test/support/waiting.ts'
import { readBlocks } from '../data/chunk-reader.ts'
import { blockBytes, windowRows } from '../data/pool.ts'
import { Span } from '../data/span.ts'
import { rebuildRows } from './rebuild-rows.ts'
import { chunkOf, storedData } from './stored-data.ts'
import { TooFewChunksError } from './too-few-chunks.ts'

async function blocksOf(
  machine: StripeMachine,
  { dataId, row }: TestData,
  chunk: number,
  first: number,
  count: number,
) {
  const span = new Span(count)
  const source = chunkOf(storedData(dataId, row, machine.pool), chunk)
  const bytes = await machine.finish(readBlocks(source, { first, count }, span, machine.drives))
  return span.data.subarray(0, bytes)
}

for (const [k, m] of [
  [1, 2],
  [2, 2],
  [4, 2],
  [8, 3],
] as const) {
  test(`rebuildRows, ${k}+${m}: any m chunks from the others, with short ends`, async () => {
    const machine = new StripeMachine(k, m)
    const windowBytes = windowRows({ k }) * k * blockBytes
    const whole = machine.store(windowBytes + Math.max(1, k - 2) * blockBytes + 77)
    for (const lost of choices(k + m, m).filter((choice) => choice.length > 0)) {
      const damaged = without(whole, lost)
      const data = storedData(damaged.dataId, damaged.row, machine.pool)
      for (const rows of [
        { first: 0, count: windowRows({ k }) },
        { first: windowRows({ k }), count: 1 },
      ]) {
        const strips = await machine.finish(rebuildRows(data, { chunks: lost, rows }, machine.options))
        for (const chunk of lost) {
          const { span, bytes } = strips.of(chunk)
          const expected = await blocksOf(machine, whole, chunk, rows.first, rows.count)
          assert.ok(span.data.subarray(0, bytes).equals(expected), `chunk ${chunk} without ${lost}, from ${rows.first}`)
        }
        strips.release()
      }
    }
    assert.equal(machine.spansOut, 0)
  })
}

test('rebuildRows: keeps away from what is to be avoided, and from the chunks themselves', async () => {
  const machine = new StripeMachine(4, 2)
  const { dataId, row } = machine.store(1024 * 1024)
  const data = storedData(dataId, row, machine.pool)
  const wanted = { chunks: [2], rows: { first: 0, count: 4 }, avoid: [0] }
  const strips = await machine.finish(rebuildRows(data, wanted, machine.options))
  strips.release()
  assert.deepEqual(
    machine.all.map(({ reads }) => reads),
    [0, 1, 0, 1, 1, 1],
  )
})

test('rebuildRows: each row from the chunks that are good there', async () => {
  const machine = new StripeMachine(2, 1)
  const stored = machine.store(1024 * 1024)
  const expected = Buffer.from(await blocksOf(machine, stored, 0, 0, 8))
  machine.corrupt(stored, 0, 2)
  machine.corrupt(stored, 1, 5)
  machine.corrupt(stored, 2, 7)
  const data = storedData(stored.dataId, stored.row, machine.pool)
  const wanted = { chunks: [0], rows: { first: 0, count: 8 } }
  const strips = await machine.finish(rebuildRows(data, wanted, machine.options))
  assert.ok(
    strips
      .of(0)
      .span.data.subarray(0, 8 * blockBytes)
      .equals(expected),
  )
  strips.release()
  machine.corrupt(stored, 1, 2)
  await assert.rejects(machine.finish(rebuildRows(data, wanted, machine.options)), TooFewChunksError)
  await settled()
  assert.equal(machine.spansOut, 0)
})
