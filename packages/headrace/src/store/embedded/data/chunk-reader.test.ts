import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StripeMachine } from '../../../../test/support/stripe-machine.ts'
import { decodeChunkHeader } from '../format/chunk-header.ts'
import { chunkOf, storedData } from '../stripes/stored-data.ts'
import { ChunkGoneError, isNextRecord, type RecordRead, readBlocks, readRecords, runBytes } from './chunk-reader.ts'
import { segmentPath } from './paths.ts'
import { blockBytes } from './pool.ts'
import { CorruptBlockError, Span } from './span.ts'

/** Chunks of 3 rows, the last of them a short block of chunk 1. */
function scene(kind: 'file' | 'segment' = 'file') {
  const machine = new StripeMachine(2, 1)
  const stored = machine.store(5 * blockBytes + 100, kind)
  const data = storedData(stored.dataId, stored.row, machine.pool)
  const span = new Span(4)
  const read = (chunk: number, first: number, count: number) =>
    readBlocks(chunkOf(data, chunk), { first, count }, span, machine.drives)
  return { machine, stored, data, span, read }
}

test('readBlocks: as far as the chunk goes, in one call', async () => {
  for (const kind of ['file', 'segment'] as const) {
    const { machine, stored, span, read } = scene(kind)
    assert.equal(await read(1, 1, 3), blockBytes + 100)
    assert.ok(span.data.subarray(0, blockBytes).equals(stored.bytes.subarray(3 * blockBytes, 4 * blockBytes)))
    assert.ok(span.data.subarray(blockBytes, blockBytes + 100).equals(stored.bytes.subarray(5 * blockBytes)))
    assert.equal(machine.drive(1).reads, 1)
    assert.equal(await read(1, 3, 1), 0)
    assert.equal(machine.drive(1).reads, 1, 'behind the end there is nothing to read')
  }
})

test('runBytes: coding chunks are as long as the longest', () => {
  const { data } = scene()
  assert.deepEqual(
    [0, 1, 2].map((chunk) => runBytes(data, chunk, { first: 2, count: 1 })),
    [blockBytes, 100, blockBytes],
  )
})

test('readBlocks: a chunk that is not there, or whose drive is not', async () => {
  const { machine, stored, read } = scene()
  machine.remove(stored, 0)
  await assert.rejects(read(0, 0, 1), ChunkGoneError)
  machine.drives.remove(1)
  await assert.rejects(read(1, 0, 1), ChunkGoneError)
})

test('readBlocks: a block that changed, one of another chunk, and one that is cut off', async () => {
  const { machine, stored, read } = scene()
  machine.corrupt(stored, 0, 2)
  await read(0, 0, 2)
  await assert.rejects(read(0, 1, 2), (error: CorruptBlockError) => error.blockIndex === 2)

  const [[ofOne = '', bytesOfOne = Buffer.alloc(0)] = []] = [...machine.drive(1).files]
  const [[ofTwo = '', bytesOfTwo = Buffer.alloc(0)] = []] = [...machine.drive(2).files]
  machine.drive(1).files.set(ofOne, bytesOfTwo)
  machine.drive(2).files.set(ofTwo, bytesOfOne)
  await assert.rejects(read(1, 0, 1), CorruptBlockError)
  await assert.rejects(read(2, 0, 1), CorruptBlockError)

  machine.drive(1).files.set(ofOne, bytesOfOne.subarray(0, -200))
  await read(1, 0, 1)
  await assert.rejects(read(1, 0, 2), (error: CorruptBlockError) => error.blockIndex === 1)
})

test('readBlocks: an error of the drive is passed on', async () => {
  const { machine, read } = scene()
  machine.drive(0).errorCode = 'EIO'
  await assert.rejects(read(0, 0, 1), { code: 'EIO' })
})

test('readRecords: records that stand side by side, with one call; each is checked by itself', async () => {
  const machine = new StripeMachine(2, 1)
  const stored = [0, 1, 2].map(() => machine.store(2 * blockBytes + 100, 'segment'))
  const sources = stored.map((one) => chunkOf(storedData(one.dataId, one.row, machine.pool), 0))
  // Their segments are put together to one.
  const path = segmentPath({ session: 9, number: 0 })
  const { files } = machine.drive(0)
  let offset = 0
  const records: Buffer[] = []
  const reads: RecordRead[] = sources.map((source) => {
    const { location } = source
    assert.ok(location.kind === 'segment')
    const { segment, offset: begin, recordBytes } = location
    records.push(Buffer.from((files.get(segmentPath(segment)) as Buffer).subarray(begin, begin + recordBytes)))
    offset += recordBytes
    const moved = { ...location, segment: { session: 9, number: 0 }, offset: offset - recordBytes }
    return { source: { ...source, location: moved }, span: new Span(2) }
  })
  files.set(path, Buffer.concat(records))
  const [a, b, c] = reads as [RecordRead, RecordRead, RecordRead]
  assert.ok(isNextRecord(a.source, b.source) && isNextRecord(b.source, c.source) && !isNextRecord(a.source, c.source))
  const headers = await readRecords(reads, machine.drives)
  assert.equal(machine.drive(0).reads, 1)
  for (const [index, header] of headers.entries()) {
    assert.ok(Buffer.isBuffer(header))
    assert.equal(decodeChunkHeader(header).header.key, 'key')
    const { bytes } = stored[index] as (typeof stored)[number]
    const read = reads[index]?.span.data.subarray(0, blockBytes)
    assert.ok(read?.equals(bytes.subarray(0, blockBytes)))
  }

  const whole = Buffer.concat(records)
  const flipped = Buffer.from(whole)
  const at = b.source.location.offset + b.source.location.headerBytes + 7
  flipped[at] = (flipped[at] as number) ^ 1
  files.set(path, flipped)
  const isBad = (results: readonly unknown[]) => results.map((result) => result instanceof CorruptBlockError)
  assert.deepEqual(isBad(await readRecords(reads, machine.drives)), [false, true, false])
  files.set(path, whole.subarray(0, c.source.location.offset + 10))
  assert.deepEqual(isBad(await readRecords(reads, machine.drives)), [false, false, true])
  files.delete(path)
  await assert.rejects(readRecords(reads, machine.drives), ChunkGoneError)
})
