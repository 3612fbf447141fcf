import { inverse, multiply, powerOfTwo } from './field.ts'
import type { Profile } from './profile.ts'

/**
 * The m × k coding matrix, row by row: coding chunk i = XOR over j of matrix[i · k + j] · data chunk j.
 * Byte for byte those of Ceph's isa plugin: ISA-L's `gf_gen_cauchy1_matrix` and `gf_gen_rs_matrix` without their identity
 * part; with m = 1 the plugin XORs the data chunks, whatever the technique.
 */
export function codingMatrix({ k, m, technique }: Required<Profile>): Uint8Array {
  const coefficient = coefficients[technique]
  return Uint8Array.from({ length: m * k }, (_, at) => (m === 1 ? 1 : coefficient(Math.floor(at / k), at % k, k)))
}

const coefficients = {
  cauchy: (row, column, k) => inverse((k + row) ^ column),
  reed_sol_van: (row, column) => powerOfTwo(row * column),
} satisfies Record<Required<Profile>['technique'], (row: number, column: number, k: number) => number>

/**
 * The inverse of a square matrix (row by row, size × size), by Gauss–Jordan elimination.
 * Undefined when the matrix is singular.
 */
export function invertMatrix(matrix: Uint8Array, size: number): Uint8Array | undefined {
  const rows = Array.from({ length: size }, (_, row) => {
    const identity = Uint8Array.from({ length: size }, (_, column) => (row === column ? 1 : 0))
    return Uint8Array.of(...matrix.subarray(row * size, (row + 1) * size), ...identity)
  })
  for (let column = 0; column < size; column += 1) {
    const pivot = rows.findIndex((row, index) => index >= column && row[column] !== 0)
    if (pivot < 0) return undefined
    const pivotRow = rows[pivot]!
    rows[pivot] = rows[column]!
    rows[column] = pivotRow
    const factor = inverse(pivotRow[column]!)
    pivotRow.forEach((value, at) => {
      pivotRow[at] = multiply(value, factor)
    })
    for (const row of rows) if (row !== pivotRow) addMultiple(row, row[column]!, pivotRow)
  }
  return Uint8Array.from({ length: size * size }, (_, at) => rows[Math.floor(at / size)]![size + (at % size)]!)
}

/** row += factor · other. */
export function addMultiple(row: Uint8Array, factor: number, other: Uint8Array): void {
  if (factor === 0) return
  other.forEach((value, at) => {
    row[at] = row[at]! ^ multiply(factor, value)
  })
}
