import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drives, sampleDataId, storeOn } from '../../../../test/support/drives.ts'
import { Placement } from '../placement/placement.ts'
import { runsOf } from './copy-extents.ts'
import type { OpenExtent } from './read-extents.ts'

const gibibyte = 1024 ** 3
const placement = new Placement(storeOn(drives(6, (number) => (number < 4 ? {} : { deviceClass: 'cold' }))))
const target = { bucket: 'b', storageClass: 'STANDARD_IA' }

function extents(...made: (readonly [storageClass: string, length: number])[]): OpenExtent[] {
  return made.map(([storageClass, length], number) => {
    const dataId = sampleDataId(number)
    if (storageClass === 'inline') return { dataId, offset: 0, length, body: Buffer.alloc(length) }
    const pool = placement.poolFor('b', storageClass, length).id
    return { dataId, offset: 0, length, row: { references: 1, pool, lengthBytes: length, chunks: [] } }
  })
}

function runs(source: OpenExtent[]) {
  return runsOf(source, placement, target).map((run) => [run.isMoved, run.extents.length, run.sizeBytes])
}

test('runsOf: neighbours that are moved become one data, as large as a PUT can be', () => {
  const parts = Array.from({ length: 1_000 }, () => ['STANDARD', 0.25 * gibibyte] as const)
  assert.deepEqual(
    runs(extents(...parts)),
    Array.from({ length: 50 }, () => [true, 20, 5 * gibibyte]),
  )
  assert.deepEqual(runs(extents(['STANDARD', 5 * gibibyte], ['STANDARD', 1])), [
    [true, 1, 5 * gibibyte],
    [true, 1, 1],
  ])
  assert.deepEqual(runs([]), [])
})

test('runsOf: what is on the right drives is shared, and what is in the index', () => {
  const source = extents(
    ['STANDARD_IA', gibibyte],
    ['inline', 10],
    ['STANDARD', 100_000],
    ['ONEZONE_IA', gibibyte],
    ['inline', 20],
  )
  assert.deepEqual(runs(source), [
    [false, 2, gibibyte + 10],
    [true, 2, gibibyte + 100_000],
    [false, 1, 20],
  ])
})
