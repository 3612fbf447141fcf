import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { MemoryIndex } from '../../../../sim/memory-index.ts'
import { type Test, temporaryFolder } from '../../../../test/open-store.ts'
import { FormatError } from '../../../core/bytes.ts'
import { requireLmdbFile } from './check-lmdb-file.ts'
import type { Index, IndexWrite, ScanRange } from './index.ts'
import { openLmdbIndex, pageBytes } from './lmdb-index.ts'

async function lmdbIndex(t: Test): Promise<{ index: Index; path: string }> {
  const path = join(await temporaryFolder(t), '1.mdb')
  const index = openLmdbIndex(path, 'readWrite')
  t.after(() => index.close())
  return { index, path }
}

/** Keys that are near each other, and some that are long. */
const key = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 4, max: 3 }), fc.constantFrom(0, 0, 0, 1_000))
  .map(([bytes, more]) => Buffer.concat([bytes, Buffer.alloc(more, 1)]))
const value = fc.oneof(fc.uint8Array({ maxLength: 20 }), fc.constantFrom(Buffer.alloc(16_384, 'v')))
const write: fc.Arbitrary<IndexWrite> = fc.record({
  database: fc.constantFrom('objects' as const, 'data' as const),
  key,
  value: fc.option(
    value.map((bytes) => Buffer.from(bytes)),
    { nil: undefined },
  ),
})
const range: fc.Arbitrary<ScanRange> = fc.record({
  from: fc.oneof(fc.constant(Buffer.alloc(0)), key),
  to: fc.option(key, { nil: undefined }),
  limit: fc.constantFrom(1, 3, 1_000),
})

function scanned(index: Index, database: IndexWrite['database'], within: ScanRange): string[] {
  index.refresh()
  return [...index.scan(database, within)].map((item) => `${item.key.toString('hex')} ${item.value.toString('hex')}`)
}

test('LMDB and the index of the simulation answer alike, whatever is written', async (t) => {
  const { index: lmdb } = await lmdbIndex(t)
  const memory = new MemoryIndex()
  fc.assert(
    fc.property(fc.array(write, { maxLength: 20 }), fc.array(range, { maxLength: 5 }), (writes, ranges) => {
      lmdb.apply(writes)
      memory.apply(writes)
      for (const { database, key } of writes) {
        lmdb.refresh()
        assert.deepEqual(lmdb.get(database, key), memory.get(database, key))
      }
      for (const database of ['objects', 'data'] as const) {
        for (const within of ranges)
          assert.deepEqual(scanned(lmdb, database, within), scanned(memory, database, within))
      }
    }),
    { interruptAfterTimeLimit: 4_000, numRuns: 300 },
  )
})

test('apply: all of a batch or nothing of it', async (t) => {
  const { index } = await lmdbIndex(t)
  const good: IndexWrite = { database: 'objects', key: Buffer.from('good'), value: Buffer.from('v') }
  const tooLong: IndexWrite = { ...good, key: Buffer.alloc(5_000, 1) }
  assert.throws(() => index.apply([good, tooLong]))
  index.refresh()
  assert.equal(index.get('objects', good.key), undefined)
  index.apply([good])
  index.refresh()
  assert.equal(index.get('objects', good.key)?.toString(), 'v')
})

test('refresh: a reader sees what it saw before, until then', async (t) => {
  const { index, path } = await lmdbIndex(t)
  const at = { database: 'meta', key: Buffer.from('k') } as const
  index.apply([{ ...at, value: Buffer.from('1') }])
  const reader = openLmdbIndex(path, 'readOnly')
  t.after(() => reader.close())
  reader.refresh()
  assert.equal(reader.get('meta', at.key)?.toString(), '1')
  index.apply([{ ...at, value: Buffer.from('2') }])
  reader.refresh()
  assert.equal(reader.get('meta', at.key)?.toString(), '2')
})

test('values: stay as they were read, whatever is written afterwards', async (t) => {
  const { index } = await lmdbIndex(t)
  const at = { database: 'bodies', key: Buffer.from('k') } as const
  const bytes = Buffer.alloc(10_000, 'first')
  index.apply([{ ...at, value: bytes }])
  index.refresh()
  const read = index.get('bodies', at.key)
  for (let round = 0; round < 50; round += 1) {
    const others = Array.from({ length: 20 }, (_, number) => ({
      database: 'bodies' as const,
      key: Buffer.from(`${round} ${number}`),
      value: Buffer.alloc(10_000, 'other'),
    }))
    index.apply([{ ...at, value: undefined }, ...others])
    index.refresh()
  }
  assert.ok(read?.equals(bytes))
})

test('copyTo: the copy has everything, and goes on by itself', async (t) => {
  const { index } = await lmdbIndex(t)
  const at = { database: 'meta', key: Buffer.from('k') } as const
  index.apply([{ ...at, value: Buffer.from('1') }])
  const path = join(await temporaryFolder(t), 'copy.mdb')
  await index.copyTo(path)
  requireLmdbFile(path, pageBytes)
  index.apply([{ ...at, value: Buffer.from('2') }])
  const copy = openLmdbIndex(path, 'readWrite')
  assert.equal(copy.get('meta', at.key)?.toString(), '1')
  await copy.close()
  assert.ok((await index.sizeBytes()) > 0)
})

test('requireLmdbFile: refuses what LMDB would not survive', async (t) => {
  const { index, path } = await lmdbIndex(t)
  for (let number = 0; number < 200; number += 1) {
    index.apply([{ database: 'bodies', key: Buffer.from(String(number)), value: Buffer.alloc(16_000) }])
  }
  await index.sync()
  const copy = join(await temporaryFolder(t), 'copy.mdb')
  await index.copyTo(copy)
  requireLmdbFile(path, pageBytes)
  requireLmdbFile(copy, pageBytes)
  assert.throws(() => requireLmdbFile(copy, 4096), FormatError)
  await truncate(copy, 20 * pageBytes)
  assert.throws(() => requireLmdbFile(copy, pageBytes), /is cut off/)
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(100), Buffer.alloc(100_000, 1)]) {
    await writeFile(copy, bytes)
    assert.throws(() => requireLmdbFile(copy, pageBytes), /is not an index/)
  }
  assert.throws(() => requireLmdbFile(`${copy}.missing`, pageBytes), { code: 'ENOENT' })
})

test('open: no folder is made for it, for a drive may not be mounted there', async (t) => {
  const folder = join(await temporaryFolder(t), 'index')
  for (const mode of ['readOnly', 'readWrite'] as const) {
    assert.throws(() => openLmdbIndex(join(folder, '1.mdb'), mode), { code: 'ENOENT' })
  }
  assert.ok(!existsSync(folder))
})
