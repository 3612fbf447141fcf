import assert from 'node:assert/strict'
import { test } from 'node:test'
import { S3Error } from '@headrace/s3'
import { collector, StripeMachine, without } from '../../../../test/support/stripe-machine.ts'
import { type DataRow, encodeDataRow } from '../format/data-row.ts'
import { readExtents } from './read-extents.ts'
import type { EmbeddedServices } from './services.ts'

/** @param rows what the index has each time it is looked at */
function services(machine: StripeMachine, rows: (DataRow | undefined)[]): EmbeddedServices {
  const snapshot = () => ({
    get() {
      const row = rows.shift()
      return row && encodeDataRow(row)
    },
  })
  return { reading: machine.options, snapshot } as unknown as EmbeddedServices
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
