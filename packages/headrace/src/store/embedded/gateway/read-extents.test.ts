import assert from 'node:assert/strict'
import { test } from 'node:test'
import { S3Error } from '@headrace/s3'
import { drive, storeOn } from '../../../../test/support/drives.ts'
import { collector, StripeMachine, without } from '../../../../test/support/stripe-machine.ts'
import { type DataRow, encodeDataRow } from '../format/data-row.ts'
import { addDevices, nextMap } from '../placement/edit-map.ts'
import { HeldMap } from '../placement/held-map.ts'
import type { StoreMap } from '../placement/store-map.ts'
import { readExtents } from './read-extents.ts'
import type { EmbeddedServices } from './services.ts'

/** @param rows what the index has each time it is looked at */
function services(
  machine: StripeMachine,
  rows: (DataRow | undefined)[],
  maps = new HeldMap(storeOn(4)),
): EmbeddedServices {
  const snapshot = () => ({
    get() {
      const row = rows.shift()
      return row && encodeDataRow(row)
    },
  })
  return { runtime: machine, maps, reading: machine.options, snapshot } as unknown as EmbeddedServices
}

/** A data in two copies, of which both have gone to other drives. */
function moved() {
  const machine = new StripeMachine(1, 3)
  const data = machine.store(2_500_000)
  const old = without(data, [2, 3])
  const now = without(data, [0, 1])
  return { machine, data, old, now }
}

async function refusal(reading: Promise<void>): Promise<S3Error> {
  const error: unknown = await reading.then(
    () => undefined,
    (error) => error,
  )
  assert.ok(error instanceof S3Error)
  return error
}

test('readExtents: chunks that were moved are looked up again, and read on where it broke off', async () => {
  const { machine, data, old, now } = moved()
  const received = collector()
  let written = 0
  const sink = {
    write(chunk: Uint8Array): undefined {
      received.write(chunk)
      written += chunk.length
      if (written < 1_000_000) return
      machine.remove(old, 0)
      machine.remove(old, 1)
      for (const device of [0, 1]) machine.open(device)
    },
  }
  const extent = { dataId: data.dataId, offset: 1_000, length: 2_400_000, row: old.row }
  await machine.finish(readExtents([extent], sink, services(machine, [now.row])))
  assert.ok(received.bytes().equals(data.bytes.subarray(1_000, 2_401_000)))
})

test('readExtents: moved more than once', async () => {
  const { machine, data, old, now } = moved()
  const nowhere = without(data, [0, 1, 2, 3])
  for (const chunk of [0, 1]) machine.remove(old, chunk)
  const received = collector()
  const extent = { dataId: data.dataId, offset: 0, length: data.bytes.length, row: old.row }
  await machine.finish(readExtents([extent], received, services(machine, [nowhere.row, now.row])))
  assert.ok(received.bytes().equals(data.bytes))
})

test('readExtents: bytes that are lost, are away, or belong to a deleted object', async () => {
  const { machine, data, old } = moved()
  const read = (rows: (DataRow | undefined)[]) => {
    const extent = { dataId: data.dataId, offset: 0, length: data.bytes.length, row: old.row }
    return refusal(machine.finish(readExtents([extent], collector(), services(machine, rows))))
  }
  machine.drives.remove(1)
  machine.remove(old, 0)
  const away = await read([old.row])
  assert.equal(away.code, 'ServiceUnavailable')
  assert.match((away.cause as Error).message, /chunk 1 is on drive 1, which is away/)
  machine.open(1)
  machine.remove(old, 1)
  assert.equal((await read([old.row])).code, 'InternalError')
  assert.match((await read([undefined])).message, /deleted while it was read/)
})

/** What a store of four drives becomes with six: pools and drives that its map did not have. */
function grown(map: StoreMap): StoreMap {
  return nextMap(addDevices(map, [drive(4), drive(5)]), { term: map.term, changedMs: 0 })
}

test('readExtents: a row of a newer map waits for that map, and for no other', async () => {
  const newer = (row: DataRow, maps: HeldMap): DataRow[] => [
    { ...row, pool: maps.current.map.nextPool },
    {
      ...row,
      chunks: [{ kind: 'file', device: maps.current.map.nextDevice, session: 3, serial: 0 }, ...chunksOf(row)],
    },
  ]
  for (const which of [0, 1]) {
    const machine = new StripeMachine(1, 3)
    const data = machine.store(300_000)
    const maps = new HeldMap(storeOn(4))
    const row = newer(data.row, maps)[which] as DataRow
    const received = collector()
    const extent = { dataId: data.dataId, offset: 0, length: 300_000, row }
    const reading = readExtents([extent], received, services(machine, [], maps))
    const { map } = maps.current
    machine.clock.after(500, () => maps.take({ ...map, epoch: map.epoch + 1 }))
    machine.clock.after(1_000, () => maps.take({ ...grown(map), epoch: map.epoch + 2 }))
    await machine.finish(reading)
    assert.equal(machine.clock.monotonic(), 1_000)
    assert.ok(received.bytes().equals(data.bytes))
  }
})

test('readExtents: a newer map that does not come is told after a while', async () => {
  const machine = new StripeMachine(1, 3)
  const data = machine.store(300_000)
  const row = { ...data.row, pool: 99 }
  const extent = { dataId: data.dataId, offset: 0, length: 300_000, row }
  const error = await refusal(machine.finish(readExtents([extent], collector(), services(machine, []))))
  assert.equal(error.code, 'ServiceUnavailable')
  assert.equal(machine.clock.monotonic(), 2_000)
})

function chunksOf({ chunks }: DataRow) {
  return chunks === 'inline' ? [] : chunks.slice(1)
}
