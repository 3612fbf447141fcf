import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimMachine } from '../../../../test/support/sim-store.ts'
import { settled } from '../../../../test/support/waiting.ts'
import { segmentPath } from './paths.ts'
import { SegmentWriter } from './segment-writer.ts'

const session = 7

function openWriter(sizeBytesMax?: number) {
  const machine = new SimMachine()
  const { sim, drive, events } = machine
  const sealed: [number: number, sizeBytes: number][] = []
  const writer = new SegmentWriter({
    drive,
    session,
    events,
    sealed: ({ number }, sizeBytes) => sealed.push([number, sizeBytes]),
    sizeBytesMax,
  })
  return {
    sim,
    drive,
    writer,
    sealed,
    finish: <T>(work: Promise<T>) => machine.finish(work),
    /** A record of two buffers, as header and blocks come. */
    append(text: string) {
      const half = text.length >> 1
      return writer.append([Buffer.from(text.slice(0, half)), Buffer.from(text.slice(half))], text.length)
    },
    async contentOf(number: number) {
      const path = segmentPath({ session, number })
      const bytes = Buffer.alloc(sim.files().get(path) ?? 0)
      const file = await machine.finish(sim.open(path, 'read'))
      await machine.finish(file.read([bytes], 0))
      return bytes.toString()
    },
  }
}

test('append: records lie one behind the other, where it says', async () => {
  const { append, finish, contentOf } = openWriter()
  const records = await finish(Promise.all(['first', 'the second', 'third'].map(append)))
  assert.deepEqual(
    records.map(({ segment, offset }) => [segment.session, segment.number, offset]),
    [
      [session, 0, 0],
      [session, 0, 5],
      [session, 0, 15],
    ],
  )
  assert.equal(await contentOf(0), 'firstthe secondthird')
})

test('append: what comes while others are synced shares the next sync', async () => {
  const { append, finish, sim } = openWriter()
  await finish(append('opens the segment'))
  const before = sim.calls
  const first = append('one')
  await settled()
  await finish(Promise.all([first, append('two'), append('three'), append('four')]))
  assert.equal(sim.calls - before, 4, 'two writes, two syncs')
})

test('append: is durable when it is answered', async () => {
  const { append, finish, sim, contentOf } = openWriter()
  await finish(append('kept'))
  sim.powerUp()
  assert.equal(await contentOf(0), 'kept')
})

test('append: a full segment is followed by another, and sealed once its records are settled', async () => {
  const { append, finish, sealed, contentOf, writer } = openWriter(10)
  const first = await finish(append('0123456789'))
  const second = await finish(append('next'))
  assert.deepEqual([second.segment.number, second.offset], [1, 0])
  assert.deepEqual(sealed, [], 'whether the first was committed is not known yet')
  first.settle()
  assert.deepEqual(sealed, [[0, 10]])
  await finish(writer.close())
  assert.deepEqual(sealed, [[0, 10]])
  second.settle()
  assert.deepEqual(sealed, [
    [0, 10],
    [1, 4],
  ])
  assert.equal(await contentOf(1), 'next')
})

test('close: waits for what is under way', async () => {
  const { append, finish, writer, sealed } = openWriter()
  const record = append('bytes')
  await finish(writer.close())
  ;(await record).settle()
  assert.deepEqual(sealed, [[0, 5]])
})

test('append: after a failure the file is left alone, and the next record begins another', async () => {
  for (const code of ['EIO', 'ENOSPC'] as const) {
    // Creation, rename, sync of the folder, write, sync of the file.
    for (let call = 1; call <= 5; call += 1) {
      const { append, finish, drive, contentOf, sealed } = openWriter()
      drive.failAt(call, code)
      await assert.rejects(finish(append('lost')), { code })
      const { segment, offset, settle } = await finish(append('kept'))
      assert.equal(offset, 0, String(drive.failed))
      assert.equal(segment.number, 1)
      assert.equal(await contentOf(segment.number), 'kept')
      settle()
      assert.ok(sealed.every(([number]) => number === 0))
    }
  }
})

test('append: a failure is told to everybody who shares it, and to nobody else', async () => {
  const { append, finish, drive } = openWriter()
  await finish(append('opens the segment'))
  // The first goes alone; the other two come while it is written.
  drive.failAt(3, 'EIO')
  const outcomes = await finish(Promise.allSettled(['one', 'two', 'three'].map(append)))
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'rejected'],
  )
  await finish(append('four'))
})

test('seal: the next record begins another segment, and the one before is sealed', async () => {
  const { writer, append, finish, sealed } = openWriter()
  writer.seal()
  const first = await finish(append('first'))
  writer.seal()
  assert.deepEqual(sealed, [], 'not before its records are known to be committed')
  first.settle()
  assert.deepEqual(sealed, [[0, 5]])
  assert.equal((await finish(append('second'))).segment.number, 1)
})

test('sealIdle: a large segment is sealed when nothing came between two calls', async () => {
  const { writer, append, finish, sealed } = openWriter()
  const large = 'x'.repeat(16 * 1024 * 1024)
  ;(await finish(append('small'))).settle()
  writer.sealIdle()
  writer.sealIdle()
  assert.deepEqual(sealed, [], 'a small one stays open')
  ;(await finish(append(large))).settle()
  writer.sealIdle()
  assert.deepEqual(sealed, [], 'something came since the last call')
  writer.sealIdle()
  assert.deepEqual(sealed, [[0, 5 + large.length]])
})
