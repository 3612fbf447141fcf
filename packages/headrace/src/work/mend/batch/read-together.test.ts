import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RecordRead } from '../../../store/embedded/data/chunk-reader.ts'
import { Span } from '../../../store/embedded/data/span.ts'
import { runsOf } from './read-together.ts'

const span = new Span(1)

/** A record of so many bytes. */
function record(device: number, number: number, offset: number, recordBytes: number): RecordRead {
  const segment = { session: 1, number }
  const location = { kind: 'segment' as const, device, segment, offset, headerBytes: 128, recordBytes }
  const pool = { k: 4, m: 2 }
  return { source: { dataId: Buffer.alloc(16), chunk: 0, pool, lengthBytes: 1_000, location }, span }
}

function places(runs: readonly (readonly RecordRead[])[]): number[][] {
  return runs.map((run) => run.map(({ source }) => source.location.offset))
}

test('runsOf: records that stand side by side are one run, in whatever order they come', () => {
  const reads = [record(1, 0, 300, 100), record(1, 0, 100, 100), record(1, 0, 200, 100), record(1, 0, 500, 100)]
  assert.deepEqual(places(runsOf(reads)), [[100, 200, 300], [500]])
})

test('runsOf: other drives and segments are other runs', () => {
  const reads = [record(1, 0, 0, 100), record(2, 0, 100, 100), record(1, 1, 100, 100)]
  assert.deepEqual(places(runsOf(reads)), [[0], [100], [100]])
})

test('runsOf: a run has an end', () => {
  const mib = 2 ** 20
  const large = Array.from({ length: 5 }, (_, index) => record(1, 0, index * mib, mib))
  assert.deepEqual(
    runsOf(large).map(({ length }) => length),
    [2, 2, 1],
  )
  const small = Array.from({ length: 200 }, (_, index) => record(1, 0, index * 200, 200))
  assert.deepEqual(
    runsOf(small).map(({ length }) => length),
    [128, 72],
  )
})
