import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actions, context } from '../conformance/harness.ts'
import { SimMachine } from '../support/sim-store.ts'

const large = Buffer.alloc(5_000_000, 'large')

async function stored() {
  const machine = new SimMachine()
  const { store } = await machine.finish(machine.open())
  const { create, put, get } = actions(store)
  await machine.finish(create('bucket'))
  await machine.finish(put('bucket', 'k', large))
  const open = () => machine.finish(store.getObject({ bucket: 'bucket', key: 'k' }, context()))
  return { machine, open, get: () => machine.finish(get('bucket', 'k')) }
}

test('readInto: a client that leaves in the middle ends the read, and the next one is not disturbed', async () => {
  const { machine, open, get } = await stored()
  const gone = new Error('the client is gone')
  for (const failsAt of [0, 1, 2]) {
    const reader = await open()
    let writes = 0
    const write = () => {
      writes += 1
      if (writes > failsAt) throw gone
      return undefined
    }
    await assert.rejects(machine.finish(reader.readInto({ write })), gone)
    await reader.close()
    assert.equal(writes, failsAt + 1)
    assert.ok((await get()).equals(large))
  }
})

test('readInto: while a client takes nothing, no more than one span is read ahead', async () => {
  const { machine, open } = await stored()
  const reader = await open()
  const { promise, resolve } = Promise.withResolvers<void>()
  let given = 0
  const write = (chunk: Uint8Array) => {
    given += chunk.length
    return promise
  }
  const reading = reader.readInto({ write })
  const before = machine.sim.reads
  await machine.finish(machine.clock.sleep(60_000))
  const reads = machine.sim.reads - before
  assert.ok(reads <= 2, `${reads} reads of the drive`)
  assert.ok(given < large.length / 2)
  resolve()
  await machine.finish(reading)
  await reader.close()
  assert.equal(given, large.length)
})

test('getObject: many readers at once each get their own bytes', async () => {
  const { machine, open } = await stored()
  const readers = await Promise.all(Array.from({ length: 8 }, open))
  const contents = readers.map(async (reader) => {
    const chunks: Buffer[] = []
    const write = (chunk: Uint8Array) => {
      chunks.push(Buffer.from(chunk))
      // The memory of a chunk is not used again before this is over.
      return machine.clock.sleep(5).then(() => assert.ok(chunks.at(-1)?.equals(chunk)))
    }
    await reader.readInto({ write })
    await reader.close()
    return Buffer.concat(chunks)
  })
  for (const bytes of await machine.finish(Promise.all(contents))) assert.ok(bytes.equals(large))
})

test('readInto: a read ahead that fails while the client is slow fails the read, and nothing else', async () => {
  const { machine, open } = await stored()
  const reader = await open()
  machine.drive.failAt(3, 'EIO', /^read chunks/)
  const unhandled: unknown[] = []
  const note = (error: unknown) => unhandled.push(error)
  process.on('unhandledRejection', note)
  const slow = { write: () => machine.clock.sleep(1000) }
  await assert.rejects(machine.finish(reader.readInto(slow)), /could not be read/)
  process.off('unhandledRejection', note)
  assert.deepEqual(unhandled, [])
  await reader.close()
})
