import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createCode } from './code.ts'
import { checkBuffers } from './combination.ts'
import { encode } from './encode.ts'

const code = createCode({ k: 2, m: 2 })
const buffer = (length = 8) => new Uint8Array(length)

function refuses(message: RegExp, data: Uint8Array[], coding: Uint8Array[]) {
  assert.throws(() => encode(code, data, coding), { name: 'ErasureError', code: 'badChunks', message })
}

test('encode: a wrong number of chunks is refused', () => {
  refuses(/1 sources and 2 targets were given where 2 and 2 are needed/, [buffer()], [buffer(), buffer()])
  refuses(/2 sources and 3 targets/, [buffer(), buffer()], [buffer(), buffer(), buffer()])
})

test('encode: chunks of unequal length are refused', () => {
  refuses(/source 1 has 7 bytes where source 0 has 8/, [buffer(), buffer(7)], [buffer(), buffer()])
  refuses(/target 0 has 9 bytes where source 0 has 8/, [buffer(), buffer()], [buffer(9), buffer()])
})

test('encode: targets that overlap anything are refused', () => {
  const memory = buffer(64)
  const at = (offset: number) => memory.subarray(offset, offset + 8)
  refuses(/target 0 overlaps another buffer/, [at(0), at(8)], [at(15), at(32)])
  refuses(/target 1 overlaps another buffer/, [at(0), at(8)], [at(16), at(7)])
  refuses(/target 0 overlaps another buffer/, [at(0), at(8)], [at(16), at(23)])
  encode(code, [at(0), at(0)], [at(8), at(16)]) // sources may be the same memory, and targets may touch
})

test('checkBuffers: a combination that does not fit together is refused', () => {
  const sources = [buffer(), buffer()]
  const wrong = { sourceCount: 2, targetCount: 1, coefficients: Uint8Array.of(1) }
  assert.throws(() => checkBuffers(wrong, { sources, targets: [buffer()] }), /1 coefficients where 2 × 1 are needed/)
  const wide = { sourceCount: 256, targetCount: 0, coefficients: new Uint8Array(0) }
  const many = Array.from({ length: 256 }, () => buffer())
  assert.throws(() => checkBuffers(wide, { sources: many, targets: [] }), /at least 1 source and at most 255 in all/)
  const none = { sourceCount: 0, targetCount: 0, coefficients: new Uint8Array(0) }
  assert.throws(() => checkBuffers(none, { sources: [], targets: [] }), /at least 1 source/)
})
