// The innermost loop of placing: hash every item of a straw2 bucket, draw a straw for each, keep the longest. It runs
// as WebAssembly because hashing four items at once makes a whole placement about twice as fast (see bench/README.md).
import { highTable, lowTable } from '../hash/logarithm-table.ts'
import { kernelCode } from './kernel-code.ts'
import { bucketsStart, highTableBytes } from './kernel-layout.ts'

const pageBytes = 65536

/**
 * Index of the item that wins in a straw2 bucket of `count` items, the first when all weigh nothing. `ids` (int32) and
 * `weights` (float64) are byte addresses in the kernel's memory, 16-byte aligned and padded to four items.
 */
export type Straw2 = (ids: number, weights: number, count: number, x: number, r: number) => number

let compiled: WebAssembly.Module | undefined

/** A kernel with a memory of its own that has room for `bucketBytes` bytes from `bucketsStart` on. */
export function createKernel(bucketBytes: number): { straw2: Straw2; memory: ArrayBuffer } {
  compiled ??= new WebAssembly.Module(Buffer.from(kernelCode, 'base64'))
  const pages = Math.ceil((bucketsStart + bucketBytes) / pageBytes)
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages })
  const words = new BigInt64Array(memory.buffer)
  highTable.forEach((value, index) => {
    words[index] = BigInt(value)
  })
  lowTable.forEach((value, index) => {
    words[highTableBytes / 8 + index] = BigInt(value)
  })
  const instance = new WebAssembly.Instance(compiled, { crush: { memory } })
  return { straw2: instance.exports.straw2 as Straw2, memory: memory.buffer }
}
