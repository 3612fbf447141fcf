import assert from 'node:assert/strict'
import { test } from 'node:test'
import { choices, sampleChunks } from '../test/sample.ts'
import { createCode } from './code.ts'
import { encode } from './encode.ts'
import { verify } from './verify.ts'

const code = createCode({ k: 4, m: 3 })

function encoded() {
  const data = sampleChunks(4, 100)
  const coding = sampleChunks(3, 100)
  encode(code, data, coding)
  return [...data, ...coding].map((bytes, index) => ({ index, bytes }))
}

test('verify: chunks that belong together agree, all of them or any k or more', () => {
  const chunks = encoded()
  for (let count = 4; count <= 7; count += 1) {
    for (const kept of choices(7, count))
      assert.deepEqual(
        verify(
          code,
          kept.map((index) => chunks[index]!),
        ),
        [],
      )
  }
})

test('verify: damage to any chunks, as many as there are spare ones, shows', () => {
  for (let count = 1; count <= 3; count += 1) {
    for (const damaged of choices(7, count)) {
      const chunks = encoded()
      for (const index of damaged) chunks[index]!.bytes[index * 7]! ^= 1 << index
      assert.notDeepEqual(verify(code, chunks), [], `damaged ${damaged}`)
    }
  }
})

test('verify: a damaged coding chunk is named', () => {
  const chunks = encoded()
  chunks[5]!.bytes[99]! ^= 0x80
  assert.deepEqual(verify(code, chunks.toReversed()), [5])
})

test('verify: refuses what rebuild refuses', () => {
  const chunks = encoded()
  assert.throws(() => verify(code, chunks.slice(0, 3)), { code: 'tooFewChunks' })
  chunks[6] = { index: 6, bytes: new Uint8Array(99) }
  assert.throws(() => verify(code, chunks), { code: 'badChunks' })
})
