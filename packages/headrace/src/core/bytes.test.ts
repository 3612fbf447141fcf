import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteReader, ByteWriter, FormatError } from './bytes.ts'

const field = fc.oneof(
  fc.record({ kind: fc.constant('u8' as const), value: fc.integer({ min: 0, max: 0xff }) }),
  fc.record({ kind: fc.constant('u16' as const), value: fc.integer({ min: 0, max: 0xffff }) }),
  fc.record({ kind: fc.constant('u32' as const), value: fc.integer({ min: 0, max: 0xffff_ffff }) }),
  fc.record({ kind: fc.constant('u64' as const), value: fc.maxSafeNat() }),
  fc.record({ kind: fc.constant('varint' as const), value: fc.maxSafeNat() }),
  fc.record({ kind: fc.constant('text' as const), value: fc.string({ unit: 'grapheme' }) }),
)

test('bytes: whatever is written is read back, and nothing is left', () => {
  fc.assert(
    fc.property(fc.array(field), (fields) => {
      const writer = new ByteWriter(1)
      for (const { kind, value } of fields) (writer[kind] as (value: string | number) => ByteWriter)(value)
      const reader = new ByteReader(writer.finish())
      for (const { kind, value } of fields) assert.equal(reader[kind](), value)
      assert.equal(reader.left, 0)
    }),
    { interruptAfterTimeLimit: 2_000 },
  )
})

test('bytes: byte strings keep every byte', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1_000 }), fc.uint8Array({ maxLength: 10 }), (a, b) => {
      const reader = new ByteReader(new ByteWriter(8).bytes(a).raw(b).finish())
      assert.deepEqual(reader.bytes(), Buffer.from(a))
      assert.deepEqual(reader.raw(b.length), Buffer.from(b))
    }),
    { interruptAfterTimeLimit: 2_000 },
  )
})

test('bytes: reading past the end is a FormatError, wherever it is cut', () => {
  const whole = new ByteWriter().u8(1).u16(2).u32(3).u64(4).varint(300).text('text').finish()
  const readAll = (reader: ByteReader) => [
    reader.u8(),
    reader.u16(),
    reader.u32(),
    reader.u64(),
    reader.varint(),
    reader.text(),
  ]
  assert.deepEqual(readAll(new ByteReader(whole)), [1, 2, 3, 4, 300, 'text'])
  for (let cut = 0; cut < whole.length; cut += 1) {
    assert.throws(() => readAll(new ByteReader(whole.subarray(0, cut))), FormatError)
  }
})

test('bytes: numbers that no writer makes are a FormatError', () => {
  assert.throws(() => new ByteReader(Buffer.alloc(8, 0xff)).u64(), FormatError)
  assert.throws(() => new ByteReader(Buffer.alloc(20, 0xff)).varint(), FormatError)
})
