import assert from 'node:assert/strict'
import { test } from 'node:test'
import { choices } from '../test/sample.ts'
import { multiply, powerOfTwo } from './field.ts'
import { codingMatrix, invertMatrix } from './matrix.ts'

/** The square parts of a size that are singular: none means that any `size` losses can be repaired. */
function* singularParts(matrix: Uint8Array, { k, m, size }: { k: number; m: number; size: number }) {
  for (const rows of choices(m, size)) {
    for (const columns of choices(k, size)) {
      const part = Uint8Array.from(rows.flatMap((row) => columns.map((column) => matrix[row * k + column]!)))
      if (invertMatrix(part, size) === undefined) yield { rows, columns }
    }
  }
}

test('codingMatrix: with m = 1 every technique is plain XOR', () => {
  for (const technique of ['cauchy', 'reed_sol_van'] as const) {
    assert.deepEqual(codingMatrix({ k: 5, m: 1, technique }), Uint8Array.of(1, 1, 1, 1, 1))
  }
})

test('codingMatrix: a Vandermonde matrix with m = 4 and k = 21 has no singular part', () => {
  const matrix = codingMatrix({ k: 21, m: 4, technique: 'reed_sol_van' })
  for (let size = 1; size <= 4; size += 1) {
    assert.equal(singularParts(matrix, { k: 21, m: 4, size }).next().done, true, `${size} losses`)
  }
})

test('codingMatrix: with m up to 3, Vandermonde has no singular part at any k', () => {
  const k = 252
  const matrix = codingMatrix({ k, m: 3, technique: 'reed_sol_van' })
  for (const size of [1, 2]) assert.equal(singularParts(matrix, { k, m: 3, size }).next().done, true)
  // A part of all three rows is the Vandermonde matrix of its own columns, singular only if two of them were equal.
  assert.equal(new Set(Array.from({ length: k }, (_, column) => powerOfTwo(column))).size, k)
})

test('codingMatrix: past the limits Vandermonde is singular, which is why checkProfile refuses it', () => {
  const four = codingMatrix({ k: 22, m: 4, technique: 'reed_sol_van' })
  assert.equal(singularParts(four, { k: 22, m: 4, size: 3 }).next().done, false)
  const five = codingMatrix({ k: 6, m: 5, technique: 'reed_sol_van' })
  assert.ok([2, 3, 4, 5].some((size) => !singularParts(five, { k: 6, m: 5, size }).next().done))
})

test('codingMatrix: Cauchy rows and columns are 255 different elements, so that every square part is a Cauchy matrix', () => {
  for (const k of [1, 2, 100, 128, 253]) {
    const m = 255 - k
    const matrix = codingMatrix({ k, m, technique: 'cauchy' })
    for (let row = 0; row < m; row += 1) {
      for (let column = 0; column < k; column += 1) {
        assert.equal(multiply(matrix[row * k + column]!, (k + row) ^ column), 1)
      }
    }
  }
})

test('invertMatrix: matrix · inverse is the identity; pivots are looked for below', () => {
  const size = 3
  const matrix = Uint8Array.of(0, 1, 2, 1, 0, 3, 4, 5, 0)
  const inverted = invertMatrix(matrix, size)!
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      let sum = 0
      for (let at = 0; at < size; at += 1) sum ^= multiply(matrix[row * size + at]!, inverted[at * size + column]!)
      assert.equal(sum, row === column ? 1 : 0)
    }
  }
  assert.equal(invertMatrix(Uint8Array.of(1, 2, 1, 2), 2), undefined)
  assert.equal(invertMatrix(Uint8Array.of(), 0)?.length, 0)
})
