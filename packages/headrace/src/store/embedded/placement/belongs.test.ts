import assert from 'node:assert/strict'
import { test } from 'node:test'
import { storeOn } from '../../../../test/support/drives.ts'
import type { ChunkLocation } from '../format/data-row.ts'
import { chunkFates } from './belongs.ts'
import { addDevices, finishLeaving, markDown, markOut, setIndexDevices, startLeaving } from './edit-map.ts'
import { Placement } from './placement.ts'
import type { StoreMap } from './store-map.ts'

const map = storeOn(8)
const set = [5, 3, 1, 0]

function rowOf(...devices: (number | undefined)[]): { chunks: ChunkLocation[] } {
  const locationOf = (device: number | undefined): ChunkLocation =>
    device === undefined ? { kind: 'missing' } : { kind: 'file', device, session: 1, serial: 0 }
  return { chunks: devices.map(locationOf) }
}

/** One word a chunk: `fine`, `move 3`, `rebuild 3`, `rebuild -`. */
function fatesOf(devices: (number | undefined)[], on: StoreMap = map, wanted = set): string[] {
  return chunkFates(rowOf(...devices), wanted, new Placement(on)).map((fate, chunk) => {
    assert.equal(fate.chunk, chunk)
    return fate.kind === 'fine' ? 'fine' : `${fate.kind} ${fate.to ?? '-'}`
  })
}

test('chunkFates: a device of the set keeps its chunk, whatever the order', () => {
  assert.deepEqual(fatesOf([0, 1, 3, 5]), ['fine', 'fine', 'fine', 'fine'])
  assert.deepEqual(chunkFates({ chunks: 'inline' }, set, new Placement(map)), [])
})

test('chunkFates: chunks elsewhere go to the free devices in set order, lost ones first', () => {
  assert.deepEqual(fatesOf([7, 1, 6, 0]), ['move 5', 'fine', 'move 3', 'fine'])
  assert.deepEqual(fatesOf([7, 1, undefined, 0]), ['move 3', 'fine', 'rebuild 5', 'fine'])
  assert.deepEqual(fatesOf([99, 1, 3, 0]), ['rebuild 5', 'fine', 'fine', 'fine'])
})

test('chunkFates: of two chunks on one device, one goes', () => {
  assert.deepEqual(fatesOf([1, 1, 3, 0]), ['fine', 'move 5', 'fine', 'fine'])
  assert.deepEqual(fatesOf([7, 7, 3, 0]), ['move 5', 'move 1', 'fine', 'fine'])
})

test('chunkFates: a device that is down is waited for, one that is out is not', () => {
  const down = markDown(markDown(map, 3, 1), 7, 1)
  assert.deepEqual(fatesOf([3, 1, 5, 7], down), ['fine', 'fine', 'fine', 'fine'])
  assert.deepEqual(fatesOf([undefined, 1, 5, 0], down), ['rebuild -', 'fine', 'fine', 'fine'])
  const out = markOut(markOut(down, 3), 7)
  assert.deepEqual(fatesOf([3, 1, 5, 7], out, [5, 1, 0, 2]), ['rebuild 0', 'fine', 'fine', 'rebuild 2'])
})

test('chunkFates: with nowhere to go, a chunk stays and a lost one waits', () => {
  assert.deepEqual(fatesOf([7, undefined, 1, 0], map, [1, 0]), ['fine', 'rebuild -', 'fine', 'fine'])
})

test('chunkFates: a device that leaves is emptied by copies, and by the others when it does not answer', () => {
  const leaving = startLeaving(map, 3)
  assert.deepEqual(fatesOf([3, 1, 5, 0], leaving, [5, 1, 0, 2]), ['move 2', 'fine', 'fine', 'fine'])
  assert.deepEqual(fatesOf([3, 1, 5, 0], markDown(leaving, 3, 1), [5, 1, 0, 2])[0], 'rebuild 2')
  const gone = finishLeaving(setIndexDevices(leaving, [0]), 3)
  assert.deepEqual(fatesOf([3, 1, 5, 0], gone, [5, 1, 0, 2])[0], 'rebuild 2')
})

test('chunkFates: done as it says, everything is fine', () => {
  const later = addDevices(startLeaving(map, 5), [])
  const placement = new Placement(later)
  const devices = [5, 1, undefined, 6]
  const fates = chunkFates(rowOf(...devices), set, placement)
  const done = devices.map((device, chunk) => {
    const fate = fates[chunk]
    return fate === undefined || fate.kind === 'fine' ? device : fate.to
  })
  assert.ok(chunkFates(rowOf(...done), set, placement).every(({ kind }) => kind === 'fine'))
})
