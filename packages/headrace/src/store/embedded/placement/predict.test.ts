import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { drive, drives, sampleDataId, storeOn } from '../../../../test/support/drives.ts'
import { type ChunkFate, chunkFates } from './belongs.ts'
import { addDevices, markDown, markOut, setProfile, startLeaving } from './edit-map.ts'
import { Placement } from './placement.ts'
import { MoveTally, predictMove, type UsedData } from './predict.ts'
import { parseProfile, smallBytesMax } from './profiles.ts'
import type { StoreMap } from './store-map.ts'

/** Data as new data takes its pools: 100 KiB to 5 MiB. */
function usageOf(map: StoreMap, count = 3000): UsedData[] {
  const placement = new Placement(map)
  return Array.from({ length: count }, (_, number) => {
    const dataId = sampleDataId(number)
    const lengthBytes = 100 * 1024 + (dataId.readUInt32LE(0) % (5 * 2 ** 20 - 100 * 1024))
    return { pool: placement.poolFor('b', 'STANDARD', lengthBytes).id, dataId, lengthBytes }
  })
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

test('predictMove: a seventh drive takes its share, and little else moves', () => {
  const map = storeOn(6)
  const usage = usageOf(map, 10_000)
  const move = predictMove(map, addDevices(map, [drive(6)]), usage)
  assert.ok(move.movedBytes <= 1.05 * move.minimumBytes, `${move.movedBytes / move.minimumBytes}`)
  assert.ok(move.plainBytes > 1.6 * move.minimumBytes)
  assert.ok(Math.abs(move.minimumBytes - move.storedBytes / 7) < 2)
  const after = move.devices.map(({ afterBytes }) => afterBytes)
  assert.ok(Math.max(...after) <= (1.05 * sum(after)) / 7)
  assert.deepEqual(move.encoded, { readBytes: 0, writtenBytes: 0 })
  assert.equal(sum(after), move.storedBytes)
})

test('predictMove: what comes and goes adds up, drive by drive', () => {
  const map = storeOn(drives(8, (number) => ({ capacityBytes: (1 + (number % 3)) * 2 ** 40 })))
  const later = startLeaving(addDevices(map, [drive(8)]), 2)
  const move = predictMove(map, later, usageOf(map))
  for (const { beforeBytes, inBytes, outBytes, afterBytes } of move.devices) {
    assert.equal(beforeBytes + inBytes - outBytes, afterBytes)
  }
  assert.equal(sum(move.devices.map(({ inBytes }) => inBytes)), move.movedBytes)
  assert.equal(move.devices.find(({ device }) => device === 2)?.afterBytes, 0)
})

test('predictMove: a drive that leaves gives away what is on it', () => {
  const map = storeOn(7)
  const move = predictMove(map, startLeaving(map, 3), usageOf(map))
  const left = move.devices.find(({ device }) => device === 3)
  assert.equal(left?.outBytes, left?.beforeBytes)
  assert.equal(move.minimumBytes, left?.beforeBytes)
  assert.ok(move.movedBytes <= 1.02 * move.minimumBytes)
})

test('predictMove: a change of profile is encoded anew, and counted apart', () => {
  const map = storeOn(3)
  const usage = usageOf(map)
  const dataBytes = sum(usage.map(({ lengthBytes }) => lengthBytes))
  const move = predictMove(map, addDevices(map, [drive(3)]), usage)
  assert.equal(move.movedBytes, 0)
  assert.equal(move.minimumBytes, 0)
  assert.equal(move.encoded.readBytes, dataBytes)
  assert.equal(move.encoded.writtenBytes, sum(move.devices.map(({ afterBytes }) => afterBytes)))
  assert.ok(move.encoded.writtenBytes >= 2 * dataBytes && move.encoded.writtenBytes < 2.2 * dataBytes)
  assert.equal(move.storedBytes, 2 * dataBytes)
})

test('predictMove: a drive that completes narrow sets receives what they lack', () => {
  const whole = storeOn(6)
  const narrow = markOut(markDown(whole, 2, 0), 2)
  const usage = usageOf(whole).filter(({ lengthBytes }) => lengthBytes > smallBytesMax)
  const move = predictMove(narrow, addDevices(narrow, [drive(6)]), usage)
  assert.equal(move.movedBytes, move.devices.find(({ device }) => device === 6)?.inBytes)
  assert.equal(sum(move.devices.map(({ outBytes }) => outBytes)), 0)
})

test('predictMove: a big drive among small ones is not expected to take more than one chunk of a data', () => {
  const map = storeOn(6)
  const move = predictMove(map, addDevices(map, [drive(6, { capacityBytes: 400 * 2 ** 40 })]), usageOf(map))
  assert.ok(move.movedBytes <= 1.1 * move.minimumBytes)
  assert.ok(move.movedBytes >= 0.9 * move.minimumBytes)
})

test('predictMove: a sample stands for the whole', () => {
  const map = storeOn(6)
  const later = addDevices(map, [drive(6)])
  const usage = usageOf(map)
  const whole = predictMove(map, later, usage)
  const tally = new MoveTally(map, later)
  for (const data of usage.filter((_, index) => index % 3 === 0)) tally.add(data)
  const sampled = tally.result(3)
  assert.ok(Math.abs(sampled.movedBytes / whole.movedBytes - 1) < 0.1)
  assert.ok(Math.abs(sampled.storedBytes / whole.storedBytes - 1) < 0.1)
})

test('predictMove: is what chunkFates then does', () => {
  const counts = fc.integer({ min: 6, max: 14 })
  fc.assert(
    fc.property(counts, fc.constantFrom('4+2', '2+1', 'copies:3'), fc.boolean(), (count, profile, leaves) => {
      const map = setProfile(storeOn(count), { storageClass: 'STANDARD', profile: parseProfile(profile) })
      const later = leaves && count > 6 ? startLeaving(map, count - 2) : addDevices(map, [drive(count)])
      const before = new Placement(map)
      const after = new Placement(later)
      const pool = before.poolFor('b', 'STANDARD', 2 ** 20)
      let moves = 0
      for (let number = 0; number < 200; number += 1) {
        const dataId = sampleDataId(number)
        const chunks = before
          .setOf(pool, dataId)
          .map((device) => ({ kind: 'file', device, session: 1, serial: 0 }) as const)
        const fates: ChunkFate[] = chunkFates({ chunks }, after.setOf(pool, dataId), after)
        const moved = fates.flatMap((fate) => (fate.kind === 'move' ? [fate.to] : [])).sort()
        moves += moved.length
        const lengthBytes = pool.k * pool.blockBytes
        const predicted = predictMove(map, later, [{ pool: pool.id, dataId, lengthBytes }])
        const coming = predicted.devices.filter(({ inBytes }) => inBytes > 0).map(({ device }) => device)
        assert.deepEqual(coming.sort(), moved)
      }
      assert.ok(moves > 0)
    }),
    { numRuns: 10 },
  )
})
