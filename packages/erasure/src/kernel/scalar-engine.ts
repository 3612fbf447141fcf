import { type Buffers, type Combination, checkBuffers } from '../combination.ts'
import { allocateFrom, type LocalEngine } from '../engine.ts'
import { multiply } from '../field.ts'

/** Computes in JavaScript: for processes without WebAssembly or relaxed SIMD. */
export const scalarEngine: LocalEngine = {
  name: 'scalar',
  allocate(request) {
    return allocateFrom((sizeBytes) => new Uint8Array(sizeBytes), request)
  },
  combine(combination, buffers) {
    const length = checkBuffers(combination, buffers)
    for (let first = 0; first < combination.targetCount; first += lanes) {
      combineLanes(combination, { ...buffers, targets: buffers.targets.slice(first, first + lanes) }, { first, length })
    }
  },
}

/** Targets that are computed together: their products with one byte are looked up as one word of 32 bits. */
const lanes = 4
const blockBytes = 4096
const sums = new Uint32Array(blockBytes)

/** Computes up to four targets, the rows of the combination from `first` on. */
function combineLanes(
  combination: Combination,
  { sources, targets }: Buffers,
  { first, length }: { readonly first: number; readonly length: number },
): void {
  const tables = sources.map((_, column) => packedProducts(combination, { column, first, count: targets.length }))
  for (let start = 0; start < length; start += blockBytes) {
    sums.fill(0)
    for (const [column, source] of sources.entries())
      addProducts(source.subarray(start, start + blockBytes), tables[column]!)
    for (const [lane, target] of targets.entries()) storeLane(target.subarray(start, start + blockBytes), lane)
  }
}

/** For each of the 256 bytes, its products with the coefficients of some targets and one source, eight bits each. */
function packedProducts(
  { sourceCount, coefficients }: Combination,
  { column, first, count }: { readonly column: number; readonly first: number; readonly count: number },
): Uint32Array {
  const table = new Uint32Array(256)
  for (let lane = 0; lane < count; lane += 1) {
    const coefficient = coefficients[(first + lane) * sourceCount + column]!
    for (let byte = 0; byte < 256; byte += 1) table[byte]! |= multiply(coefficient, byte) << (lane * 8)
  }
  return table
}

function addProducts(source: Uint8Array, table: Uint32Array): void {
  const count = source.length
  for (let at = 0; at < count; at += 1) sums[at]! ^= table[source[at]!]!
}

function storeLane(target: Uint8Array, lane: number): void {
  const count = target.length
  for (let at = 0; at < count; at += 1) target[at] = sums[at]! >>> (lane * 8)
}
