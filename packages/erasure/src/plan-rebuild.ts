import assert from 'node:assert/strict'
import { checkIndexes } from './chunk.ts'
import type { Code } from './code.ts'
import type { Combination } from './combination.ts'
import { ErasureError } from './errors.ts'
import { addMultiple, invertMatrix } from './matrix.ts'

/** How some chunks of any stripe are computed from k others. */
export interface RebuildPlan extends Combination {
  /** Indexes of the k chunks that are the sources, in that order. */
  readonly from: readonly number[]
  /** Indexes of the chunks that are the targets, in that order. */
  readonly to: readonly number[]
}

/**
 * Plans a rebuild of the chunks `to` from k of the chunks `from`: data chunks first, for they ask for the least work,
 * then the lowest indexes. The plan holds for every stripe, so make it once for a whole object.
 * Throws `tooFewChunks` with fewer than k chunks, `badChunks` for an index out of range or given twice.
 */
export function planRebuild(code: Code, { from, to }: { from: readonly number[]; to: readonly number[] }): RebuildPlan {
  checkIndexes(code, from)
  checkIndexes(code, to)
  const present = from.toSorted((a, b) => a - b)
  if (present.length < code.k) {
    const have = `${present.length} of ${code.k + code.m} chunks are there (${present.join(', ') || 'none'})`
    throw new ErasureError('tooFewChunks', `${have} where any ${code.k} are needed: the data cannot be rebuilt`)
  }
  const sources = present.slice(0, code.k)
  const rows = dataRows(code, sources)
  const coefficients = Buffer.concat(to.map((index) => rows[index] ?? codingRow(code, index, rows)))
  return { from: sources, to, sourceCount: code.k, targetCount: to.length, coefficients }
}

/**
 * For every data chunk, its coefficients over the sources. With D the data chunks among the sources, C the coding chunks
 * among them and L the data chunks that are lost, C = M[C][D] · D + M[C][L] · L, hence L = M[C][L]⁻¹ · (C + M[C][D] · D):
 * only a matrix as large as the loss is inverted.
 */
function dataRows({ k, encoding }: Code, sources: readonly number[]): Uint8Array[] {
  const coefficient = (coding: number, data: number) => encoding.coefficients[(coding - k) * k + data]!
  const indexes = Array.from({ length: k }, (_, index) => index)
  const coding = sources.filter((index) => index >= k)
  const lost = indexes.filter((index) => !sources.includes(index))
  const square = Uint8Array.from(coding.flatMap((row) => lost.map((column) => coefficient(row, column))))
  const inverted = invertMatrix(square, lost.length)
  assert(inverted !== undefined, 'a code that passed checkProfile repairs every loss')

  /** M[C][D] · D + C, one row for each coding chunk among the sources. */
  const sums = coding.map((row) =>
    Uint8Array.from(sources, (source) => (source < k ? coefficient(row, source) : source === row ? 1 : 0)),
  )
  return indexes.map((index) => {
    const row = new Uint8Array(k)
    const at = lost.indexOf(index)
    if (at < 0) row[sources.indexOf(index)] = 1
    else for (const [column, sum] of sums.entries()) addMultiple(row, inverted[at * lost.length + column]!, sum)
    return row
  })
}

/** The coefficients of a coding chunk over the sources, from those of the data chunks. */
function codingRow({ k, encoding }: Code, index: number, rows: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(k)
  for (const [data, row] of rows.entries()) addMultiple(result, encoding.coefficients[(index - k) * k + data]!, row)
  return result
}
