import { highTable, lowTable } from './logarithm-table.ts'

const half = 2 ** 24

/**
 * 2^44 · log2(u + 1) as Ceph's fixed-point tables give it, for an integer u in 0…0xffff. The result is an integer of at
 * most 2^48. The straw2 kernel computes the same in WebAssembly; this form serves documentation, tests and tools.
 */
export function crushLn(u: number): number {
  let x = u + 1
  let exponent = 15
  while ((x & 0x18000) === 0) {
    x <<= 1
    exponent -= 1
  }
  const k = (x >> 8) - 128
  const reciprocal = highTable[2 * k]!
  // x · reciprocal needs 65 bits, so it is taken in two halves; only bits 48…55 of the product count.
  const low = Math.floor((x * (reciprocal % half)) / half)
  const product = Math.floor((x * Math.floor(reciprocal / half) + low) / half)
  return exponent * 2 ** 44 + Math.floor((highTable[2 * k + 1]! + lowTable[product & 0xff]!) / 16)
}
