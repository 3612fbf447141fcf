import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ByteSink } from '@headrace/s3'
import { collector, StripeMachine, type TestData, without } from '../../../../test/support/stripe-machine.ts'
import { settled } from '../../../../test/support/waiting.ts'
import { readData } from '../data/data-reader.ts'
import { blockBytes, storedBytes } from '../data/pool.ts'

const mebibyte = 1024 * 1024

interface Part {
  readonly offset?: number
  readonly length?: number
  readonly sink?: ByteSink
}

/** Reads a data, or a part of it, and makes sure that it is what was stored. */
async function read(machine: StripeMachine, data: TestData, { offset = 0, length = data.bytes.length }: Part = {}) {
  const sink = collector()
  await machine.finish(readData({ ...data, offset, length }, sink, machine.options))
  assert.ok(sink.bytes().equals(data.bytes.subarray(offset, offset + length)))
}

function bytesRead(machine: StripeMachine): number[] {
  return machine.all.map((drive) => drive.bytesRead)
}

test('a healthy read touches data chunks only, and decodes nothing', async () => {
  const machine = new StripeMachine(4, 2)
  const data = machine.store(4 * mebibyte)
  await read(machine, data)
  const each = storedBytes(mebibyte)
  assert.deepEqual(bytesRead(machine), [each, each, each, each, 0, 0])
  assert.equal(machine.options.counters.rebuiltBlocks, 0)
  assert.deepEqual(
    machine.all.map(({ reads }) => reads),
    [4, 4, 4, 4, 0, 0],
    'one call for each chunk and window',
  )
})

test('a range reads only the blocks that it lies in', async () => {
  const machine = new StripeMachine(4, 2)
  const data = machine.store(4 * mebibyte)
  const block = storedBytes(blockBytes)
  await read(machine, data, { offset: 5 * blockBytes + 1, length: 10 })
  assert.deepEqual(bytesRead(machine), [0, block, 0, 0, 0, 0])
  await read(machine, data, { offset: 2 * blockBytes - 1, length: 2 })
  assert.deepEqual(bytesRead(machine), [0, 2 * block, block, 0, 0, 0])
})

test('a range of a chunk that is missing reads that row of k others', async () => {
  const machine = new StripeMachine(4, 2)
  const data = without(machine.store(4 * mebibyte), [1])
  await read(machine, data, { offset: 5 * blockBytes + 1, length: 10 })
  const block = storedBytes(blockBytes)
  assert.deepEqual(bytesRead(machine), [block, 0, block, block, block, 0])
  assert.equal(machine.options.counters.rebuiltBlocks, 1)
})

test('a chunk that fails in the middle costs one further read of each window', async () => {
  const machine = new StripeMachine(4, 2)
  const data = machine.store(mebibyte)
  machine.drive(2).errorCode = 'EIO'
  await read(machine, data)
  assert.deepEqual(
    machine.all.map(({ reads }) => reads),
    [1, 1, 0, 1, 1, 0],
  )
  assert.equal(machine.options.counters.hedges, 0)
  assert.equal(machine.faults.length, 1)
})

test('a chunk that failed is avoided for the rest of the request', async () => {
  const machine = new StripeMachine(4, 2)
  const data = machine.store(8 * mebibyte)
  machine.corrupt(data, 0, 0)
  await read(machine, data)
  assert.equal(machine.faults.length, 1)
  assert.ok(machine.drive(0).reads <= 2, 'in its window, and in the one that was read ahead')
})

test('chunks that are bad in different rows are no loss', async () => {
  for (const [k, m] of [
    [2, 1],
    [1, 1],
    [4, 2],
  ] as const) {
    const machine = new StripeMachine(k, m)
    const data = machine.store(3 * mebibyte)
    for (let chunk = 0; chunk < k + m; chunk += 1) machine.corrupt(data, chunk, chunk)
    await read(machine, data)
    await settled()
    assert.equal(machine.spansOut, 0)
  }
})

test('a slow drive is skipped as long as k others are not slow', async () => {
  const machine = new StripeMachine(4, 2)
  const data = machine.store(mebibyte)
  machine.drive(1).health.isSlow = true
  await read(machine, data)
  assert.equal(machine.drive(1).reads, 0)
  assert.equal(machine.options.counters.hedges, 0)
  for (const drive of machine.all) drive.health.isSlow = true
  await read(machine, data)
  assert.equal(machine.drive(1).reads, 1, 'when all are slow, the data chunks are read')
})

test('a drive that is said to be down is read when nothing else is left', async () => {
  const machine = new StripeMachine(4, 2)
  machine.down.add(0)
  await read(machine, machine.store(mebibyte))
  assert.equal(machine.drive(0).reads, 0)
  await read(machine, without(machine.store(mebibyte), [1, 2]))
  assert.equal(machine.drive(0).reads, 1)
})

test('a read that is late is hedged after the p95 of the drives, and the first k win', async () => {
  const machine = new StripeMachine(4, 2)
  for (const drive of machine.all) drive.health.readP95Ms = 20
  machine.drive(1).delayMs = 500
  const data = machine.store(mebibyte)
  const beganMs = machine.clock.monotonic()
  await read(machine, data)
  const tookMs = machine.clock.monotonic() - beganMs
  assert.ok(tookMs >= 20 && tookMs <= 25, `${tookMs} ms`)
  assert.equal(machine.options.counters.hedges, 1)
  assert.equal(machine.drive(4).reads, 1)
  assert.equal(machine.spansOut, 1, 'the drive still writes into the one that lost')
  for (const call of ['open', 'read']) {
    machine.clock.advance(500)
    await settled()
    assert.equal(machine.spansOut, call === 'open' ? 1 : 0)
  }
  assert.deepEqual(machine.faults, [])
})

test('a chunk that was read twice, for more rows the second time, counts once', async () => {
  const machine = new StripeMachine(4, 2)
  for (const drive of machine.all) drive.health.readP95Ms = 20
  // Of five blocks chunk 0 has two rows: when it is late, the others are read again for both.
  const data = machine.store(5 * blockBytes)
  for (const [chunk, delayMs] of [
    [0, 15],
    [3, 60],
    [4, 30],
  ] as const) {
    machine.drive(chunk).delayMs = delayMs
  }
  await read(machine, data)
  for (const _ of ['open', 'read']) {
    machine.clock.advance(500)
    await settled()
  }
  assert.equal(machine.spansOut, 0)
})

test('the drive that is late does not say how long it may take', async () => {
  const machine = new StripeMachine(1, 1)
  const data = machine.store(100_000)
  const first = (data.dataId.at(-1) as number) % 2
  machine.drive(first).health.readP95Ms = 400
  machine.drive(first).delayMs = 500
  await read(machine, data)
  assert.ok(machine.clock.monotonic() < 10, `${machine.clock.monotonic()} ms`)
})

test('a read that comes in time is not hedged', async () => {
  const machine = new StripeMachine(4, 2)
  for (const drive of machine.all) drive.health.readP95Ms = 20
  machine.drive(1).delayMs = 9
  await read(machine, machine.store(mebibyte))
  assert.equal(machine.options.counters.hedges, 0)
})

test('copies: another one is asked when the first is late', async () => {
  const machine = new StripeMachine(1, 2)
  const data = machine.store(100_000, 'segment')
  const first = (data.dataId.at(-1) as number) % 3
  machine.drive(first).isStuck = true
  await read(machine, data)
  assert.equal(machine.options.counters.hedges, 1)
  machine.drive(first).unstick()
  await settled()
  assert.equal(machine.spansOut, 0)
})

test('copies: the drive that has the least to do is read, else one by the data', async () => {
  const machine = new StripeMachine(1, 2)
  const reads = new Set<number>()
  for (let count = 0; count < 30; count += 1) {
    await read(machine, machine.store(30_000, 'segment'))
    machine.all.forEach((drive, device) => {
      if (drive.reads > 0) reads.add(device)
    })
  }
  assert.equal(reads.size, 3, 'all drives have a share')
  for (const drive of machine.all) drive.reads = 0
  machine.drive(0).health.inFlight = 3
  machine.drive(2).health.waiting = 2
  for (let count = 0; count < 10; count += 1) await read(machine, machine.store(30_000, 'segment'))
  assert.deepEqual(
    machine.all.map((drive) => drive.reads),
    [0, 10, 0],
  )
})

test('a stuck drive: hedges stay within the budget, and reads go on without it', async () => {
  const machine = new StripeMachine(4, 2)
  machine.drive(2).isStuck = true
  const { counters } = machine.options
  for (let count = 0; count < 60; count += 1) {
    const beganMs = machine.clock.monotonic()
    await read(machine, machine.store(300_000))
    const tookMs = machine.clock.monotonic() - beganMs
    assert.ok(tookMs <= 3_010, `${tookMs} ms`)
  }
  assert.ok(counters.hedges <= 20 + counters.reads * 0.05, `${counters.hedges} of ${counters.reads}`)
  assert.ok(machine.drive(2).health.inFlight < 60, 'once it is known to hang, it is left alone')
  machine.drive(2).unstick()
  await settled()
  assert.equal(machine.spansOut, 0)
})

test('m stuck drives and no budget left: the rest is read once they are known to hang', async () => {
  const machine = new StripeMachine(4, 2)
  while (machine.options.hedges.spend(1));
  machine.drive(0).isStuck = true
  machine.drive(3).isStuck = true
  await read(machine, machine.store(3 * mebibyte))
  assert.equal(machine.options.counters.hedges, 0)
  assert.ok(machine.clock.monotonic() < 6_100, `${machine.clock.monotonic()} ms`)
})

test('a drive that is taken away while it is stuck is given up', async () => {
  const machine = new StripeMachine(1, 1)
  for (const drive of machine.all) drive.isStuck = true
  const data = machine.store(200_000)
  const reading = readData({ ...data, offset: 0, length: 10 }, collector(), machine.options)
  const refused = assert.rejects(reading, /which is away/)
  machine.clock.advance(5_000)
  await settled()
  for (const device of machine.all.keys()) machine.down.add(device)
  await machine.finish(refused)
})

test('memory: two windows, however large the data and however slow the client', async () => {
  for (const [k, m] of [
    [1, 0],
    [4, 2],
    [8, 3],
  ] as const) {
    const machine = new StripeMachine(k, m)
    const data = machine.store(6 * mebibyte)
    const received = collector()
    const sink: ByteSink = {
      write(chunk) {
        received.write(chunk)
        return machine.clock.sleep(50)
      },
    }
    await machine.finish(readData({ ...data, offset: 0, length: data.bytes.length }, sink, machine.options))
    assert.ok(received.bytes().equals(data.bytes))
    assert.ok(machine.spansMost <= 2 * k, `${machine.spansMost} spans`)
  }
})

test('a client that goes away: what is being read is given back when that is over', async () => {
  const machine = new StripeMachine(4, 2)
  for (const drive of machine.all) drive.delayMs = 2
  const data = machine.store(6 * mebibyte)
  let writes = 0
  const sink: ByteSink = {
    write() {
      writes += 1
      return writes === 20 ? Promise.reject(new Error('the client is gone')) : undefined
    },
  }
  const reading = readData({ ...data, offset: 0, length: data.bytes.length }, sink, machine.options)
  await assert.rejects(machine.finish(reading), /the client is gone/)
  machine.clock.advance(100)
  await settled()
  assert.ok(machine.spansOut <= 4, 'of the window that the client had, nobody knows who still uses it')
  const calls = machine.options.counters.reads
  machine.clock.advance(10_000)
  await settled()
  assert.equal(machine.options.counters.reads, calls, 'nothing more is read')
})
