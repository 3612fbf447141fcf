import assert from 'node:assert/strict'
import type { Code } from './code.ts'
import type { Combination } from './combination.ts'
import { ErasureError } from './errors.ts'
import { localEngine } from './local-engine.ts'
import { addMultiple, invertMatrix } from './matrix.ts'

/** One chunk of a stripe. */
export interface Chunk {
  /** Position in the stripe: 0 … k − 1 for data, k … k + m − 1 for coding. */
  readonly index: number
  readonly bytes: Uint8Array
}

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

/** Rebuilds the chunks `want` of one stripe; the result is in that order. Throws as `planRebuild`, and for unequal lengths. */
export function rebuild(code: Code, chunks: readonly Chunk[], want: readonly number[]): Uint8Array[] {
  const plan = planRebuild(code, { from: chunks.map(({ index }) => index), to: want })
  const length = checkChunkLengths(chunks)
  const targets = want.map(() => new Uint8Array(length))
  localEngine.combine(plan, { sources: bytesOf(chunks, plan.from), targets })
  return targets
}

/**
 * The k data chunks of one stripe, from any k of its chunks. Those that are there are returned as they are, without
 * work; only those that are missing are computed, into new memory. Throws as `planRebuild`, and for unequal lengths.
 */
export function decode(code: Code, chunks: readonly Chunk[]): Uint8Array[] {
  const present = new Map(chunks.map(({ index, bytes }) => [index, bytes]))
  const indexes = Array.from({ length: code.k }, (_, index) => index)
  const missing = indexes.filter((index) => !present.has(index))
  const rebuilt = rebuild(code, chunks, missing)
  return indexes.map((index) => present.get(index) ?? rebuilt[missing.indexOf(index)]!)
}

/** The bytes of the chunks with these indexes, in that order. */
export function bytesOf(chunks: readonly Chunk[], indexes: readonly number[]): Uint8Array[] {
  const present = new Map(chunks.map(({ index, bytes }) => [index, bytes]))
  return indexes.map((index) => present.get(index)!)
}

/** The one length in bytes that all chunks have; throws `badChunks` otherwise. */
export function checkChunkLengths(chunks: readonly Chunk[]): number {
  const [first] = chunks
  const odd = chunks.find(({ bytes }) => bytes.length !== first?.bytes.length)
  if (odd !== undefined) {
    const lengths = `chunk ${odd.index} has ${odd.bytes.length} bytes where chunk ${first?.index} has ${first?.bytes.length}`
    throw new ErasureError('badChunks', `${lengths}: one of them is cut short or of another stripe`)
  }
  return first?.bytes.length ?? 0
}

function checkIndexes({ k, m }: Code, indexes: readonly number[]): void {
  const wrong = indexes.find((index) => !Number.isInteger(index) || index < 0 || index >= k + m)
  if (wrong !== undefined)
    throw new ErasureError('badChunks', `chunk ${wrong} does not exist: they are 0 to ${k + m - 1}`)
  const twice = indexes.find((index, at) => indexes.indexOf(index) !== at)
  if (twice !== undefined) throw new ErasureError('badChunks', `chunk ${twice} is given twice: give each chunk once`)
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
