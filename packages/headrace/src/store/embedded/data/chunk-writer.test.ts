import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HangingDrive } from '../../../../test/support/hanging-drive.ts'
import { SimMachine } from '../../../../test/support/sim-store.ts'
import { type ChunkHeader, chunkFileHeaderBytes, decodeChunkHeader } from '../format/chunk-header.ts'
import { ChunkFileWriter, type ChunkTarget, writeSegmentChunk } from './chunk-writer.ts'
import { chunkPath } from './paths.ts'
import { blockBytes, storedBytes } from './pool.ts'
import { SegmentWriter } from './segment-writer.ts'
import { Span } from './span.ts'

const dataId = Buffer.from('0123456789abcdef')
const session = 7
const serial = 3
const header: ChunkHeader = {
  ...{ dataId, chunk: 2, k: 4, m: 2, blockBytes, session, bucket: 'bucket', key: 'key' },
  dataBytes: 400_000,
  chunkBytes: 100_000,
}
const path = chunkPath({ dataId, chunk: 2, session, serial })

function scene() {
  const machine = new SimMachine()
  const hanging = new HangingDrive(machine.drive)
  const segments = new SegmentWriter({ drive: hanging, session, events: machine.events, sealed() {} })
  const target: ChunkTarget = { device: 5, drive: hanging, segments, session, serial }
  const readAll = async (path: string) => {
    const bytes = Buffer.alloc(machine.sim.files().get(path) ?? 0)
    const file = await machine.sim.open(path, 'read')
    await file.read([bytes], 0)
    return bytes
  }
  return { machine, hanging, target, read: (path: string) => machine.finish(readAll(path)) }
}

/** The blocks from `firstBlock` on, each filled with its number. */
function sealed(bytes: number, firstBlock: number): Span {
  const span = new Span(2)
  for (let block = 0; block < 2; block += 1) span.data.fill(firstBlock + block, block * blockBytes)
  span.seal(bytes, { dataId, chunk: 2, firstBlock })
  return span
}

test('ChunkFileWriter: blocks in any order, then the header; the chunk has its name when it is durable', async () => {
  const { machine, target, read } = scene()
  const writer = new ChunkFileWriter(target, { ...header, dataBytes: 0, chunkBytes: 0 })
  const last = writer.write(sealed(100_000 - blockBytes, 1), 100_000 - blockBytes, 1)
  const first = writer.write(sealed(blockBytes, 0), blockBytes, 0)
  const location = await machine.finish(writer.finish({ dataBytes: 400_000, chunkBytes: 100_000 }))
  await Promise.all([first, last])
  assert.deepEqual(location, { kind: 'file', device: 5, session, serial })
  machine.sim.powerUp()
  assert.deepEqual([...machine.sim.files().keys()], [path])
  const bytes = await read(path)
  assert.equal(bytes.length, chunkFileHeaderBytes + storedBytes(100_000))
  assert.deepEqual(decodeChunkHeader(bytes), { header, headerBytes: chunkFileHeaderBytes })
  assert.equal(bytes[chunkFileHeaderBytes + blockBytes - 1], 0)
  assert.equal(bytes[chunkFileHeaderBytes + blockBytes + 4], 1)
})

test('ChunkFileWriter: a chunk without blocks is a header', async () => {
  const { machine, target, read } = scene()
  const empty = { ...header, chunkBytes: 0 }
  await machine.finish(new ChunkFileWriter(target, empty).finish())
  assert.deepEqual(decodeChunkHeader(await read(path)).header, empty)
})

test('abandon: takes a chunk back, at any time', async () => {
  const steps: ((writer: ChunkFileWriter) => Promise<unknown>)[] = [
    async () => {},
    (writer) => writer.write(sealed(blockBytes, 0), blockBytes, 0),
    (writer) => writer.finish(),
  ]
  for (const step of steps) {
    const { machine, target } = scene()
    const writer = new ChunkFileWriter(target, header)
    await machine.finish(step(writer))
    await machine.finish(writer.abandon())
    assert.deepEqual([...machine.sim.files().keys()], [])
    await assert.rejects(machine.finish(writer.finish()), /given up/)
  }
})

test('abandon: waits for the call under way, so that the file is not closed under it', async () => {
  for (const which of [/^create/, /^write/, /^rename/]) {
    const { machine, hanging, target } = scene()
    const writer = new ChunkFileWriter(target, header)
    hanging.hang(which)
    const work = Promise.allSettled([writer.write(sealed(blockBytes, 0), blockBytes, 0), writer.finish()])
    await machine.finish(machine.clock.sleep(100))
    let isOver = false
    const abandoned = writer.abandon().then(() => {
      isOver = true
    })
    await machine.finish(machine.clock.sleep(100))
    assert.equal(isOver, false)
    hanging.goOn()
    await machine.finish(abandoned)
    await work
    assert.deepEqual([...machine.sim.files().keys()], [])
  }
})

test('writeSegmentChunk: header and blocks of several spans are one record', async () => {
  const { machine, target } = scene()
  const blocks = [
    { span: sealed(2 * blockBytes, 0), bytes: 2 * blockBytes },
    { span: sealed(10, 2), bytes: 10 },
  ]
  const write = () => machine.finish(writeSegmentChunk(target, header, blocks))
  const [first, second] = [await write(), await write()]
  assert.ok(first.location.kind === 'segment' && second.location.kind === 'segment')
  const { recordBytes, headerBytes, offset, device } = first.location
  assert.deepEqual([device, offset, recordBytes], [5, 0, headerBytes + storedBytes(2 * blockBytes + 10)])
  assert.equal(second.location.offset, recordBytes)
})
